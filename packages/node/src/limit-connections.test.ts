import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, BlockList, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { clientAt, limitConnections } from "./limit-connections.ts";
import { createPayServer } from "./server.ts";

const CLOSE = "Host: a\r\nConnection: close\r\n\r\n";
const YOUNG_MS = 1_000;
/** Beyond the thousand that a server keeps. */
const SLOW = process.env.PAY_TEST_LONG === "1" ? 5_000 : 1_100;

const sockets: Socket[] = [];
let server: Server | undefined;
let time = 0;
/** Connections that the server says it closed. */
let reported = 0;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  server?.closeAllConnections();
  await closed;
  server = undefined;
});

async function listen(given: Server): Promise<void> {
  server = given;
  await new Promise<void>((resolve) => given.listen(0, "127.0.0.1", 2_048, resolve));
}

interface Limits {
  readonly most?: number;
  readonly perAddress?: number;
  readonly listener?: RequestListener;
  readonly tls?: boolean;
}

/** A key, and its certificate for 127.0.0.1. */
const PEM = readFileSync(new URL("../../../test/support/self-signed.test.pem", import.meta.url));

/** A server on which time stands still, and every address of 127.0.0.0/8 is a client of its own. */
async function limited({
  most = 3,
  perAddress = 100,
  listener = (_, outgoing) => outgoing.end("OK"),
  tls = false,
}: Limits = {}) {
  const made = tls ? createTlsServer({ key: PEM, cert: PEM }, listener) : createServer(listener);
  time = 0;
  const limits = { maxConnections: most, maxConnectionsPerAddress: perAddress };
  reported = 0;
  limitConnections(made, limits, () => reported++, { now: () => time, clientOf: (address) => address });
  await listen(made);
}

interface Client {
  readonly socket: Socket;
  readonly ended: Promise<string>;
}

function dial(bytes: string, from = "127.0.0.1"): Client {
  const socket = connect({ port: (server!.address() as AddressInfo).port, host: "127.0.0.1", localAddress: from });
  sockets.push(socket);
  let received = "";
  const ended = new Promise<string>((resolve) => {
    socket.on("data", (data) => {
      received += data;
    });
    socket.on("error", () => resolve("reset"));
    socket.on("close", () => resolve(received));
  });
  if (bytes !== "") socket.write(bytes);
  return { socket, ended };
}

/** Opens a connection, which the server has when the promise resolves. */
async function open(bytes = "", from?: string): Promise<Client> {
  const accepted = new Promise((resolve) => server!.once("connection", resolve));
  const client = dial(bytes, from);
  await accepted;
  return client;
}

const connected = ({ socket }: Client) => new Promise((resolve) => socket.once("connect", resolve));
const answerOf = async (client: Client) => /^HTTP\/1\.1 (\d+)/.exec(await client.ended)?.[1] ?? "none";
const isOpen = ({ socket }: Client) => !socket.destroyed;

describe("near its limit, a server", () => {
  it("closes the connection that has waited longest without a whole request, and answers the newcomer", async () => {
    await limited();
    const oldest = await open("GET / HTTP/1.1\r\nX-");
    time += YOUNG_MS;
    const others = [await open(), await open("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")];
    const newcomer = await open(`GET / HTTP/1.1\r\n${CLOSE}`);
    expect(await answerOf(newcomer)).toBe("200");
    expect(await oldest.ended).toBe("");
    expect(others.map(isOpen)).toEqual([true, true]);
    expect(reported).toBe(1);
  });

  it("closes none whose request is being handled, however old it is", async () => {
    const handled: (() => void)[] = [];
    await limited({ listener: (_, outgoing) => void handled.push(() => outgoing.end("OK")) });
    const busy = await open(`GET / HTTP/1.1\r\n${CLOSE}`);
    while (handled.length < 1) await new Promise(setImmediate);
    time += YOUNG_MS;
    const slow = [await open(), await open()];
    time += YOUNG_MS;
    await open();
    expect(await slow[0]!.ended).toBe("");
    handled[0]!();
    expect(await answerOf(busy)).toBe("200");
  });

  it("closes those that do not take their answers, which are no longer being handled", async () => {
    const answered: Socket[] = [];
    // More than the system takes for a client that does not read.
    const answer = Buffer.alloc(32 * 1024 * 1024);
    const listener: RequestListener = ({ socket, url }, outgoing) => {
      if (url === "/") return void outgoing.end("OK");
      answered.push(socket);
      outgoing.end(answer);
    };
    await limited({ most: 2, listener });
    for (let deaf = 0; deaf < 4; deaf++) (await open("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")).socket.pause();
    while (answered.length < 4) await new Promise(setImmediate);
    time += YOUNG_MS;
    expect(await answerOf(await open(`GET / HTTP/1.1\r\n${CLOSE}`))).toBe("200");
    expect(answered.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false]);
  });

  it("takes a body that does not come for a request that is not whole", async () => {
    let begun = 0;
    await limited({ most: 1, listener: () => void begun++ });
    const slow = await open("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
    while (begun < 1) await new Promise(setImmediate);
    time += YOUNG_MS;
    await open();
    expect(await slow.ended).toBe("");
  });

  it("counts the wait of a connection from its last answer", async () => {
    await limited({ most: 2 });
    const kept = await open();
    time += 1;
    const silent = await open();
    kept.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await new Promise((resolve) => kept.socket.once("data", resolve));
    time += YOUNG_MS;
    await open();
    expect(await silent.ended).toBe("");
    expect(isOpen(kept)).toBe(true);
  });

  it("gives young connections time to say what they want, until there are twice as many as the limit", async () => {
    await limited({ most: 2 });
    const young = [await open(), await open(), await open(), await open()];
    expect(young.map(isOpen)).toEqual([true, true, true, true]);
    const fifth = await open();
    expect(await young[0]!.ended).toBe("");
    expect([...young.slice(1), fifth].map(isOpen)).toEqual([true, true, true, true]);
  });

  it("refuses a newcomer only when twice as many as the limit are being handled", async () => {
    let handling = 0;
    await limited({ most: 1, listener: () => void handling++ });
    const busy = [await open(`GET / HTTP/1.1\r\n${CLOSE}`), await open(`GET / HTTP/1.1\r\n${CLOSE}`)];
    while (handling < 2) await new Promise(setImmediate);
    expect(["", "reset"]).toContain(await (await open()).ended);
    expect(busy.map(isOpen)).toEqual([true, true]);
    expect(reported).toBe(1);
  });

  it("leaves a WebSocket alone", async () => {
    await limited({ most: 1 });
    const upgraded = new Promise<Socket>((resolve) => server!.on("upgrade", (_, socket) => resolve(socket as Socket)));
    const chat = await open(`GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n`);
    sockets.push(await upgraded);
    time += YOUNG_MS;
    const slow = await open();
    time += YOUNG_MS;
    await open();
    expect(await slow.ended).toBe("");
    expect(isOpen(chat)).toBe(true);
  });
});

describe("a server with TLS", () => {
  /** Opens a connection, ends its handshake, and asks. */
  async function ask(): Promise<string> {
    const { socket } = await open();
    const secured = connectTls({ socket, rejectUnauthorized: false });
    secured.write(`GET / HTTP/1.1\r\n${CLOSE}`);
    return /^HTTP\/1\.1 (\d+)/.exec(await text(secured))?.[1] ?? "none";
  }

  it("counts the connections whose handshake has not ended, and closes the one that has waited longest", async () => {
    await limited({ tls: true });
    const silent = [await open(), await open(), await open()];
    time += YOUNG_MS;
    expect(await ask()).toBe("200");
    expect(await silent[0]!.ended).toBe("");
    expect(silent.slice(1).map(isOpen)).toEqual([true, true]);
  });

  it("closes none whose request is being handled", async () => {
    const handled: (() => void)[] = [];
    await limited({ most: 1, tls: true, listener: (_, outgoing) => void handled.push(() => outgoing.end("OK")) });
    const busy = ask();
    while (handled.length < 1) await new Promise(setImmediate);
    time += YOUNG_MS;
    const silent = await open();
    time += YOUNG_MS;
    await open();
    expect(await silent.ended).toBe("");
    handled[0]!();
    expect(await busy).toBe("200");
  });
});

describe("one address", () => {
  it("that opens more connections than others may closes its own", async () => {
    await limited({ most: 100, perAddress: 2 });
    const honest = await open("", "127.0.0.2");
    time += 1;
    const slow = [await open("", "127.0.0.3"), await open("", "127.0.0.3")];
    time += YOUNG_MS;
    await open("", "127.0.0.3");
    expect(await slow[0]!.ended).toBe("");
    expect([honest, slow[1]!].map(isOpen)).toEqual([true, true]);
  });

  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["2001:0DB8:0::6", "2001:db8:0:0"],
    ["2001:db8::6%eth0", "2001:db8:0:0"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["64:ff9b::203.0.113.7", "64:ff9b:0:0"],
    ["::2", "0:0:0:0"],
  ])("of a client, %s, counts as %s", (peer, client) => {
    expect(clientAt(peer)).toBe(client);
  });

  it.each([
    "127.0.0.1",
    "::1",
    "::ffff:10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd00::1",
    "fe80::1",
    "::ffff:a01:203",
    "",
    "localhost",
  ])("of a proxy of one's own, %p, is not counted", (peer) => {
    expect(clientAt(peer)).toBeUndefined();
  });

  it("is the same for two addresses of IPv6, however they are written, exactly when they are in one /64", () => {
    const group = fc.oneof(fc.constantFrom(0, 1, 0xffff), fc.nat(0xffff));
    const groups = fc.array(group, { minLength: 7, maxLength: 7 }).map((rest) => [0x2001, ...rest]);
    const spelling = fc.record({
      from: fc.nat(7),
      isLong: fc.boolean(),
      isUpper: fc.boolean(),
      isDotted: fc.boolean(),
    });
    fc.assert(
      fc.property(groups, groups, fc.nat(8), spelling, spelling, (one, other, shared, ...how) => {
        const [mine, theirs] = [
          written(one, how[0]),
          written([...one.slice(0, shared), ...other.slice(shared)], how[1]),
        ];
        const network = new BlockList();
        network.addSubnet(mine, 64, "ipv6");
        expect(clientAt(mine) === clientAt(theirs)).toBe(network.check(theirs, "ipv6"));
      }),
    );
  });
});

/** One of the spellings of an address: zeros left out from a group on, four digits, capitals, the end as IPv4. */
function written(
  groups: readonly number[],
  how: { readonly from: number; readonly isLong: boolean; readonly isUpper: boolean; readonly isDotted: boolean },
): string {
  const digits = groups.map((group) => group.toString(16).padStart(how.isLong ? 4 : 1, "0"));
  const [high = 0, low = 0] = groups.slice(6);
  if (how.isDotted) digits.splice(6, 2, [high >> 8, high & 255, low >> 8, low & 255].join("."));
  let to = how.from;
  while (to < digits.length && groups[to] === 0 && !digits[to]!.includes(".")) to++;
  const text =
    to === how.from ? digits.join(":") : `${digits.slice(0, how.from).join(":")}::${digits.slice(to).join(":")}`;
  return how.isUpper ? text.toUpperCase() : text;
}

describe("createPayServer under more slow connections than it keeps", () => {
  it("answers every honest callback", async () => {
    await listen(createPayServer({ fetch: async () => new Response("OK") }));
    const slow = ["GET / HTTP/1.1\r\nX-", "G", "GET / HTTP/1.1\r\nHost: a\r\n"];
    for (let count = 0; count < SLOW; count++) await connected(dial(slow[count % slow.length]!));
    const honest = await Promise.all(Array.from({ length: 12 }, () => answerOf(dial(`GET / HTTP/1.1\r\n${CLOSE}`))));
    expect(honest).toEqual(Array.from({ length: 12 }, () => "200"));
  });

  it("answers all of many more honest callbacks than it keeps connections, that come at once", async () => {
    await listen(createPayServer({ fetch: async () => new Response("OK") }, { maxConnections: 50 }));
    const honest = Array.from({ length: 500 }, () => answerOf(dial(`GET / HTTP/1.1\r\n${CLOSE}`)));
    expect(new Set(await Promise.all(honest))).toEqual(new Set(["200"]));
  });
});
