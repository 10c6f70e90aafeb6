import { SocketAddress } from "node:net";
import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import {
  gatewayAddress,
  ipAddress,
  isGatewayAddress,
  isIpAddress,
  isSafeAddress,
  redirectAddress,
} from "./addresses.ts";

const SAFE = [
  "https://shop.example",
  "https://shop.example/return?order=1#top",
  "https://shop.example:8443/",
  "HTTPS://SHOP.example/",
  "https://sklep-żółw.example/powrót",
  "https://127.0.0.1/",
  "https://192.168.0.1/",
  "https://[2001:db8::1]/",
  "https://shop.example/?next=http://evil.example",
  "https://shop.example/@evil.example",
  "https://localhost.evil.com/",
  "https://shop.example/two words",
];

const LOOPBACK = [
  "http://localhost/",
  "http://LOCALHOST:3000/return",
  "http://127.0.0.1:8080",
  "http://127.1.2.3/",
  "http://127.255.255.255/",
  "http://[::1]:3000/",
  "http://[0:0:0:0:0:0:0:1]:3000/",
  "http://[::ffff:127.0.0.1]:3000/",
  "http://[::FFFF:7f01:203]/",
];

const UNSAFE = [
  ["http", "http://shop.example/"],
  ["http to a private network", "http://192.168.0.1/"],
  ["http to any address", "http://0.0.0.0/"],
  ["http to a name that begins like loopback", "http://127.evil.com/"],
  ["http to a longer name that begins like loopback", "http://127.0.0.1.evil.com/"],
  ["http to a name that begins like localhost", "http://localhost.evil.com/"],
  ["http to a name that ends like localhost", "http://evil-localhost/"],
  ["http to a subdomain of localhost", "http://a.localhost/"],
  ["http to 128.0.0.1", "http://128.0.0.1/"],
  ["http to another IPv6 address", "http://[::2]/"],
  ["http to a mapped address", "http://[::ffff:10.0.0.1]/"],
  ["http with loopback as user", "http://localhost@evil.com/"],
  ["http with loopback as user and password", "http://127.0.0.1:80@evil.com/"],
  ["user and password", "https://canary:canary@shop.example/"],
  ["a user", "https://canary@shop.example/"],
  ["a password", "https://:canary@shop.example/"],
  ["credentials on loopback", "http://canary:canary@localhost/"],
  ["javascript:", "javascript:alert(1)//https://shop.example"],
  ["javascript: in capitals", "JavaScript:alert(1)"],
  ["javascript: with an authority", "javascript://shop.example/%0aalert(1)"],
  ["data:", "data:text/html,canary"],
  ["blob:", "blob:https://shop.example/canary"],
  ["file:", "file:///etc/passwd"],
  ["ftp:", "ftp://shop.example/"],
  ["ws:", "wss://shop.example/"],
  ["no scheme", "//shop.example/"],
  ["a path", "/return"],
  ["a name", "shop.example"],
  ["nothing", ""],
  ["a scheme alone", "https:"],
  ["a scheme and slashes alone", "https://"],
  ["no slashes", "https:shop.example"],
  ["one slash", "https:/shop.example"],
  ["three slashes", "https:///shop.example"],
  ["backslashes", "https:\\\\shop.example"],
  ["a backslash before what looks like a host", "https://shop.example\\@evil.com/"],
  ["a line break", "https://shop.example/\r\nset-cookie: canary"],
  ["a line feed in the scheme", "java\nscript:alert(1)"],
  ["a line feed in the scheme of https", "htt\nps://shop.example/"],
  ["a line feed at the end", "https://shop.example/\n"],
  ["a tab", "https://shop.ex\tample/"],
  ["a NUL", "https://shop.example/\0"],
  ["DEL", "https://shop.example/\x7f"],
  ["a C1 control character", "https://shop.example/\x85"],
  ["a space before", " https://shop.example/"],
  ["a space after", "https://shop.example/ "],
  ["a no-break space before", "\u00a0https://shop.example/"],
  ["a space in the host", "https://shop .example/"],
  ["a port out of range", "https://shop.example:65536/"],
  ["an IPv4 address out of range", "http://127.0.0.256/"],
] as const;

describe("a safe address", () => {
  it.each([...SAFE, ...LOOPBACK])("is %s", (text) => {
    expect(isSafeAddress(text)).toBe(true);
  });

  it.each(UNSAFE)("has no %s", (_, text) => {
    expect(isSafeAddress(text)).toBe(false);
  });

  it.each([undefined, null, 1, {}, ["https://shop.example"], new URL("https://shop.example")])(
    "is a text, not %p",
    (value) => {
      expect(isSafeAddress(value as string)).toBe(false);
    },
  );
});

describe("the address a gateway sends a buyer to", () => {
  const REMOTE = "https://gateway.example";

  it.each(SAFE)("may be %s", (text) => {
    expect(redirectAddress(text, REMOTE)).toBe(new URL(text).href);
    expect(redirectAddress(text, "http://127.0.0.1:3000")).toBe(new URL(text).href);
  });

  it.each(LOOPBACK)("may be %s only where the gateway is a simulator on this machine", (text) => {
    expect(redirectAddress(text, "http://localhost:3000")).toBe(new URL(text).href);
    expect(redirectAddress(text, "http://[::1]:3000")).toBe(new URL(text).href);
    expect(redirectAddress(text, REMOTE)).toBeUndefined();
    expect(redirectAddress(text, "https://localhost")).toBeUndefined();
    expect(redirectAddress(text, "http://127.evil.com")).toBeUndefined();
    expect(redirectAddress(text, "http://gateway.example")).toBeUndefined();
    expect(redirectAddress(text, "")).toBeUndefined();
  });

  it.each(UNSAFE)("is never one with %s", (_, text) => {
    expect(redirectAddress(text, REMOTE)).toBeUndefined();
    expect(redirectAddress(text, "http://localhost:3000")).toBeUndefined();
  });

  it("comes out fit for a header", () => {
    expect(redirectAddress("HTTPS://Pay.EXAMPLE:443/a b?c=ż\u2028d", REMOTE)).toBe(
      "https://pay.example/a%20b?c=%C5%BC%E2%80%A8d",
    );
  });
});

describe("the configured address of a gateway", () => {
  it.each([
    ["https://api.example", "https://api.example"],
    ["https://api.example/", "https://api.example"],
    ["https://api.example//", "https://api.example"],
    ["https://API.example/v1/", "https://api.example/v1"],
    ["http://127.0.0.1:3000/sellly", "http://127.0.0.1:3000/sellly"],
  ])("%s is used as %s", (text, used) => {
    expect([isGatewayAddress(text), gatewayAddress(text)]).toEqual([true, used]);
  });

  it.each([
    ...UNSAFE,
    ["a query", "https://api.example/?key=canary"],
    ["an empty query", "https://api.example/?"],
    ["a fragment", "https://api.example/#canary"],
    ["an empty fragment", "https://api.example/#"],
  ])("is refused with %s, by field and without its value", (_, text) => {
    let thrown: unknown;
    try {
      gatewayAddress(text, "sellly.baseUrl");
    } catch (error) {
      thrown = error;
    }
    expect(isGatewayAddress(text)).toBe(false);
    expect(isPayError(thrown) && [thrown.code, thrown.field]).toEqual(["INVALID_CONFIG", "sellly.baseUrl"]);
    expect(inspect(thrown, { depth: 9, showHidden: true })).not.toMatch(/canary|evil/);
  });

  it.each([undefined, null, 1, {}])("is a text, not %p", (value) => {
    expect(() => gatewayAddress(value as never as string)).toThrow(/^baseUrl must be/);
  });
});

describe("an IP address", () => {
  it.each([
    "1.2.3.4",
    "0.0.0.0",
    "255.255.255.255",
    "::",
    "::1",
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "::ffff:1.2.3.4",
    "64:ff9b::1.2.3.4",
  ])("is %s", (text) => {
    expect(isIpAddress(text)).toBe(true);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "0x7f.1",
    "0x7f.0.0.1",
    "2130706433",
    "1.2.3.4:80",
    "1.2.3.4/32",
    "1.2.3.-4",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4\n",
    "1.2.3.4, 5.6.7.8",
    "１.2.3.4",
    "fe80::1%eth0",
    "fe80::1%",
    "[::1]",
    "[::1]:80",
    "::1::",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "2001:db8::g",
    "::ffff:1.2.3",
    "::ffff:256.1.1.1",
    "localhost",
  ])("is not %j", (text) => {
    expect(isIpAddress(text)).toBe(false);
    expect(ipAddress(text)).toBeUndefined();
  });

  it.each([
    [
      "203.0.113.7",
      ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "::FFFF:CB00:7107", "::FFFF:203.0.113.7"],
    ],
    ["203.0.113.7", ["0:0:0:0:0:ffff:203.0.113.7", "0000:0000:0000:0000:0000:FFFF:cb00:7107", "0::ffff:cb00:7107"]],
    ["0.0.0.7", ["0.0.0.7", "::ffff:0:7", "::ffff:0.0.0.7", "::ffff:0000:0007"]],
    ["2001:db8::1", ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:0db8::0001", "2001:db8:0::0:1"]],
    ["2001:db8::1:0:0:1", ["2001:db8::1:0:0:1", "2001:db8:0:0:1:0:0:1", "2001:db8:0:0:1::1"]],
    ["::", ["::", "0:0:0:0:0:0:0:0", "0::0"]],
    // Other addresses that contain one of IPv4 are not that address.
    ["64:ff9b::cb00:7107", ["64:ff9b::203.0.113.7"]],
    ["::cb00:7107", ["::203.0.113.7"]],
  ])("has one spelling, %s, in place of %j", (one, spellings) => {
    expect(spellings.map(ipAddress)).toEqual(spellings.map(() => one));
  });

  it("has the spelling of the system, which writes an address of IPv4 behind ::ffff:", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV6(),
          fc.ipV4().map((text) => `::ffff:${text}`),
        ),
        (text) => {
          const { address } = new SocketAddress({ address: text, family: "ipv6" });
          // The one other kind that the system writes with dots: 96 bits of zeros.
          fc.pre(!/^::\d+\./.test(address));
          expect(ipAddress(text)).toBe(address.replace(/^::ffff:(?=\d+\.)/, ""));
        },
      ),
    );
  });
});
