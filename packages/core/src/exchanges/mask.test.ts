import { describe, expect, it } from "@jest/globals";
import { createMasking, readBody, readUrl } from "./mask.ts";
import { isPrivateName } from "./private-names.ts";

const SECRET = "Canary/Secret+of=the shop";
const EMAIL = "Canary.Mail-c3d4@Example.com";
const TOKEN = `7f3a9c21.${"kX2vT9mQ4wLr8sZ1bN6yH3jD5gF0cV7pA_uE-iOtRqM"}`;
const CALLBACK = `https://shop.example/pay/callbacks/psc/pay_01h455vb4pex5vsknk084sn02q/${TOKEN}`;

const masking = (known: readonly string[] = [], own: readonly string[] = []) =>
  createMasking((name) => isPrivateName(name, new Set(own)), known);
const body = (text: string, ...given: Parameters<typeof masking>) => readBody(text, masking(...given))();
const url = (text: string, ...given: Parameters<typeof masking>) => readUrl(text, masking(...given))();

describe("a form", () => {
  it.each([
    [
      "keeps every other byte",
      "shop_id=S%2F1&secret_key=abc%20d&price=1,00+z%C5%82",
      "shop_id=S%2F1&secret_key=•••&price=1,00+z%C5%82",
    ],
    ["may repeat names", "sign=a&id=1&sign=b&SIGN=", "sign=•••&id=1&sign=•••&SIGN="],
    ["may encode names", "%73ecret=x&id=1", "%73ecret=•••&id=1"],
    ["shows nothing that has no name", "id=1&abcdef", "id=1&•••"],
    [
      "may have an address with fields of its own",
      "back=https%3A%2F%2Fs.example%2F%3Fid%3D1%26email%3Da%26x%3D2",
      "back=https%3A%2F%2Fs.example%2F%3Fid%3D1%26email%3D•••%26x%3D2",
    ],
    [
      "may have them deeper still",
      "u=https%3A%2F%2Fs%2F%3Fv%3Dhttps%253A%252F%252Ft%252F%253Fpin%253D1234",
      "u=https%3A%2F%2Fs%2F%3Fv%3Dhttps%253A%252F%252Ft%252F%253Fpin%253D•••",
    ],
    ["shows no JSON in a field", "id=1&data=%7B%22a%22%3A1%7D", "id=1&data=•••"],
    [
      "shows no JSON in Base64 in a field",
      `id=1&data=${Buffer.from('{"a":"b","c":"d"}').toString("base64url")}`,
      "id=1&data=•••",
    ],
  ])("%s", (_, text, shown) => {
    expect(body(text)).toBe(shown);
  });

  it.each(["id=1&x=%ff", "id=1&x=%4", "id=%", "%ff=1", "a b=1", "id=1&x=<y>"])(
    "that cannot be read is not shown: %s",
    (text) => {
      expect(body(text)).toBe(`[text, ${text.length} bytes]`);
    },
  );
});

describe("what a private field holds", () => {
  it.each<[string, string, string]>([
    ["null", '{"email":null,"error":null}', '{"email":"•••","error":null}'],
    [
      "true and false",
      '{"authorized":true,"auth":false,"paid":true,"late":false}',
      '{"authorized":"•••","auth":"•••","paid":true,"late":false}',
    ],
    ["0", '{"pin":0,"amount":0,"id":"a0"}', '{"pin":"•••","amount":0,"id":"a0"}'],
    ["nothing", '{"pin":"","note":""}', '{"pin":"","note":""}'],
    [
      "a currency",
      '{"card":{"currency":"PLN"},"amount":{"currency":"PLN"}}',
      '{"card":"•••","amount":{"currency":"PLN"}}',
    ],
    [
      "the names of other fields",
      '{"buyer_address":{"status":"x","amount":"12 Long Street"},"status":"paid","note":"amount"}',
      '{"buyer_address":"•••","status":"paid","note":"amount"}',
    ],
    [
      "the same words as texts",
      '{"pass":"null","pwd":"True","a":"null","b":"true"}',
      '{"pass":"•••","pwd":"•••","a":"null","b":"true"}',
    ],
  ])("is masked there and nowhere else if it is %s", (_, text, shown) => {
    expect(body(text)).toBe(shown);
  });

  it("and is neither common nor short is masked wherever it is quoted, out of an object too", () => {
    const text = '{"address":{"street":"12 Long Street"},"note":"to 12 Long Street"}';
    expect(body(text)).toBe('{"address":"•••","note":"to •••"}');
    expect(body('{"pin":"4711","note":"4711"}')).toBe('{"pin":"•••","note":"•••"}');
  });
});

describe("a sentence", () => {
  it("with a per cent sign is read around it: encoded secrets and addresses are found all the same", () => {
    const text = JSON.stringify({
      message: `100% sure: ${encodeURIComponent(SECRET)} %ff ${encodeURIComponent(EMAIL)}`,
    });
    expect(body(text, [SECRET])).toBe('{"message":"100% sure: ••• %ff •••"}');
  });

  it("of names within names is masked from the first on, and kept to itself where there is too much of it", () => {
    expect(body(JSON.stringify({ a: "x key=key=key=1", b: "y" }))).toBe('{"a":"x key=•••","b":"y"}');
    const long = JSON.stringify({ a: "key=".repeat(3000), b: "y" });
    expect(body(long)).toBe(`[JSON, ${long.length} bytes]`);
  });
});

describe("JSON", () => {
  it.each([
    [
      "keeps every other byte",
      '{ "a":1.50,\n"secretKey" : "x\\"y",  "b":"\\u0142\\/" }',
      '{ "a":1.50,\n"secretKey" : "•••",  "b":"\\u0142\\/" }',
    ],
    [
      "masks what is no text",
      '{"pin":1234,"key":null,"auth":true,"id":7}',
      '{"pin":"•••","key":"•••","auth":"•••","id":7}',
    ],
    ["masks all that is in a private field", '{"card":{"a":["b",{"c":1}]},"id":1}', '{"card":"•••","id":1}'],
    [
      "is looked through at every depth",
      '{"a":[{"b":{"email":"x","id":2}}],"id":3}',
      '{"a":[{"b":{"email":"•••","id":2}}],"id":3}',
    ],
    [
      "may name a field by a field beside its value",
      '[{"name":"phone","value":"600700800"},{"key":"PESEL","n":1,"value":[1]},{"field":"no","value":2},{"type":"phone","id":3}]',
      '[{"name":"•••","value":"•••"},{"key":"•••","n":1,"value":"•••"},{"field":"no","value":2},{"type":"•••","id":3}]',
    ],
    ["may repeat names", '{"sign":"a","id":1,"sign":"b"}', '{"sign":"•••","id":1,"sign":"•••"}'],
    ["may escape names", '{"\\u0073ign":"a","id":1}', '{"\\u0073ign":"•••","id":1}'],
    ["may have space before its colons", `{"sign"${" ".repeat(99)}:"a"}`, `{"sign"${" ".repeat(99)}:"•••"}`],
    [
      "shows no JSON in a text",
      '{"id":1,"data":"{\\"a\\":1}","note":"got {\\"a\\":1}"}',
      '{"id":1,"data":"•••","note":"•••"}',
    ],
    [
      "may have an address with a query",
      '{"url":"https:\\/\\/g.example\\/p?id=1\\u0026token=abc"}',
      '{"url":"https:\\/\\/g.example\\/p?id=1\\u0026token=•••"}',
    ],
    ["may quote a field in a sentence", '{"message":"Wrong secret_key: abc"}', '{"message":"Wrong secret_key: •••"}'],
    ["shows no e-mail address, whatever the field", `{"info":"for (${EMAIL})"}`, '{"info":"for (•••)"}'],
  ])("%s", (_, text, shown) => {
    expect(body(text)).toBe(shown);
    expect(() => JSON.parse(body(text))).not.toThrow();
  });

  it.each(['{"a":1', '{"sign":"x"}}', "{a:1}"])("that cannot be read is not shown: %s", (text) => {
    expect(body(text)).toBe(`[JSON, ${text.length} bytes]`);
  });
});

describe("another body", () => {
  it.each(["OK", "Refused.", "Not stored, send it again.", ""])(
    "is shown where it is a few plain words: %p",
    (text) => {
      expect(body(text)).toBe(text);
    },
  );

  it.each([
    ["x".repeat(65), "[text, 65 bytes]"],
    ["<html><b>secret</b></html>", "[HTML, 26 bytes]"],
    ["TRUE 12 https://g.example/?x", "[text, 28 bytes]"],
    [`${Buffer.from("a secret").toString("base64")}`, "[text, 12 bytes]"],
    [`{"a":"${"x".repeat(17_000)}"}`, "[JSON, 17008 bytes]"],
  ])("is told by its kind and length: %s", (text, shown) => {
    expect(body(text)).toBe(shown);
  });

  it("that is no text is told so", () => {
    expect(readBody(new Uint8Array([0xff, 0xfe]), masking())()).toBe("[binary, 2 bytes]");
  });

  it("is cut at 4 KiB, between characters, after it was masked", () => {
    const shown = body(JSON.stringify({ a: "ł".repeat(3000), sign: "x" }));
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(4096 + 3);
    expect(shown).toMatch(/^\{"a":"ł+…$/u);
  });
});

describe("an address", () => {
  it.each([
    ["https://g.example/a/b?id=1&sign=abc&x=%20", "https://g.example/a/b?id=1&sign=•••&x=%20"],
    ["https://me:pw@g.example/a", "https://•••@g.example/a"],
    ["https://g.example/a?x=%ff&id=1", "https://g.example/a?•••"],
    ["https://g.example/%ff/b?id=1", "https://g.example/•••?id=1"],
    ["https://g.example/a#part", "https://g.example/a#•••"],
    [CALLBACK, CALLBACK.replace(TOKEN, "•••")],
    [
      `http://127.0.0.1:8080/redirect/pay_01h455vb4pex5vsknk084sn02q/${TOKEN}`,
      "http://127.0.0.1:8080/redirect/pay_01h455vb4pex5vsknk084sn02q/•••",
    ],
  ])("%s", (text, shown) => {
    expect(url(text)).toBe(shown);
  });
});

describe("a token in an address of ours is masked", () => {
  const shown = CALLBACK.replace(TOKEN, "•••");
  it.each([
    ["in JSON", JSON.stringify({ CallbackUrl: CALLBACK }), JSON.stringify({ CallbackUrl: shown })],
    [
      "in JSON with its slashes escaped",
      JSON.stringify({ u: CALLBACK }).replaceAll("/", "\\/"),
      JSON.stringify({ u: shown }).replaceAll("/", "\\/"),
    ],
    ["in a form", `u=${encodeURIComponent(CALLBACK)}`, `u=${encodeURIComponent(shown).replace(/%E2.*/, "•••")}`],
    [
      "in a form, encoded twice",
      `u=${encodeURIComponent(encodeURIComponent(CALLBACK))}`,
      `u=${encodeURIComponent(encodeURIComponent(CALLBACK)).replace(TOKEN, "•••")}`,
    ],
    ["with its dot encoded", `u=${TOKEN.replace(".", "%2E")}`, "u=•••"],
  ])("%s", (_, text, expected) => {
    expect(body(text)).toBe(expected);
  });
});

describe("a text that is known to be private is masked under any name", () => {
  const spellings = (text: string) => [
    text,
    encodeURIComponent(text),
    encodeURIComponent(encodeURIComponent(text)),
    text.toLowerCase(),
    Buffer.from(text).toString("hex"),
    ...[0, 1, 2].map((shift) => Buffer.from(`${"x".repeat(shift)}${text}`).toString("base64")),
    Buffer.from(text).toString("base64url"),
  ];
  it.each([SECRET, EMAIL, "203.0.113.177", "2001:db8::ca:fe"])("%s", (text) => {
    for (const spelling of spellings(text)) {
      expect(body(JSON.stringify({ a: `see ${spelling} there`, id: 1 }), [text])).toMatch(
        /^\{"a":"see •••=* there","id":1\}$/,
      );
      expect(body(`id=1&a=${encodeURIComponent(spelling)}`, [text])).toBe("id=1&a=•••");
      expect(url(`https://g.example/${encodeURIComponent(spelling)}?a=${encodeURIComponent(spelling)}`, [text])).toBe(
        "https://g.example/•••?a=•••",
      );
    }
  });

  it("as a number, and as a name", () => {
    expect(body('{"a":48123456,"48123456":1}', ["48123456"])).toBe('{"a":"•••","•••":1}');
  });

  it("and so is what a private field said, where it is quoted", () => {
    const one = masking();
    readBody("secret=abcdefg", one)();
    expect(readBody('{"message":"abcdefg is wrong"}', one)()).toBe('{"message":"••• is wrong"}');
  });

  it("and nothing is shown when there are more of them than the search supports", () => {
    const many = Array.from({ length: 100 }, (_, at) => `key=value-${at}`).join("&");
    expect(body(many)).toMatch(/^\[text, \d+ bytes\]$/);
  });
});
