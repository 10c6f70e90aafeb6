import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { PayError } from "@pay/core";
import { paidStory } from "./support/database.ts";
import { errorOf } from "./support/error-of.ts";
import {
  type Asked,
  type Faults,
  type FaultyShop,
  GATEWAYS,
  otherThan,
  silentStory,
  startFaultyShop,
} from "./support/faulty-shop.ts";
import { allClosed, CHUNKED, framed, http } from "./support/raw-gateway.ts";
import { type Gateway, RETURN_URL } from "./support/shop.ts";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
/** The time that a gateway has to answer. */
const TIMEOUT_MS = 30 * SECOND;
const PRESS = { idempotencyKey: "press" };

let shop: FaultyShop;

afterEach(async () => {
  await shop.close();
  expect(shop.errors()).toEqual([]);
});

async function open(gateway: Gateway, faults: Faults): Promise<void> {
  shop = await startFaultyShop({ [gateway]: faults });
}

type Answering = (socket: Socket, asked: Asked) => unknown;

/** Writes the bytes one by one, with a pause by the shop's clock after each. */
async function drip(socket: Socket, bytes: Buffer, pauseMs: number): Promise<void> {
  for (const byte of bytes) {
    socket.write(Buffer.of(byte));
    await shop.clock.sleep(pauseMs);
  }
}

async function goOnWorking(socket: Socket): Promise<void> {
  for (;;) {
    socket.write("HTTP/1.1 102 Processing\r\n\r\n");
    await shop.clock.sleep(SECOND);
  }
}

const says =
  (status: number, body: string, headers: readonly string[] = []): Answering =>
  (socket) =>
    socket.write(http(status, body, headers));

/** Ends a valid answer before its length is reached. */
const cut =
  (end: "end" | "resetAndDestroy"): Answering =>
  (socket, { answer }) =>
    socket.write(http(200, answer, [`content-length: ${answer.length + 1}`]), () => socket[end]());

const UNREADABLE = "HTTP 200 with an unreadable answer";
const BROKEN = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/;

/** Faults that leave it open whether the gateway took the payment, and their reasons in the history. */
const SILENT: [string, Answering, string | RegExp][] = [
  ["closes the connection once it has the request", (socket) => socket.end(), BROKEN],
  ["resets the connection once it has the request", (socket) => socket.resetAndDestroy(), BROKEN],
  ["closes the connection after its whole answer but for a byte", cut("end"), BROKEN],
  ["resets the connection after its whole answer but for a byte", cut("resetAndDestroy"), BROKEN],
  [
    "never ends its chunks",
    (socket, { answer }) => socket.end(Buffer.concat([http(200, "", CHUNKED), framed(answer)])),
    BROKEN,
  ],
  ["speaks no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"), /./],
  ["answers a page of HTML with 200", says(200, "<!doctype html><h1>200 OK</h1>"), UNREADABLE],
  ["answers garbage with 200", says(200, '{"status":200,"id":"ci"tation needed"}'), UNREADABLE],
  ["answers nothing with 200", says(200, ""), UNREADABLE],
  ["answers 204", says(204, ""), "HTTP 204 with an unreadable answer"],
  ["answers half of its JSON", (socket, { answer }) => socket.write(http(200, answer.slice(0, -9))), UNREADABLE],
  ["answers its JSON twice in one", (socket, { answer }) => socket.write(http(200, answer + answer)), UNREADABLE],
  ["answers 500 without a code", says(500, "Internal Server Error"), "HTTP 500"],
  ["answers 500 with what would be a fine answer", (socket, { answer }) => socket.write(http(500, answer)), "HTTP 500"],
  ["answers 503 and asks for another try", says(503, "", ["retry-after: 0"]), "HTTP 503"],
  ["answers 408", says(408, "", ["retry-after: 0"]), "HTTP 408"],
  ...[302, 303, 307].map((status): [string, Answering, string] => [
    `redirects with ${status} to an address of its own`,
    says(status, "", ["location: /elsewhere"]),
    `HTTP ${status}`,
  ]),
];

/** Faults that last until the gateway's time is up. */
const SLOW: [string, Answering][] = [
  ["never answers", () => {}],
  ["stops before the last byte of its answer", (socket, { answer }) => socket.write(http(200, answer).subarray(0, -1))],
  ["answers a byte a second", (socket, { answer }) => drip(socket, http(200, answer), SECOND)],
  ["goes on saying that it is working on it", goOnWorking],
];

const LATE = {
  psc: "decides the payment when it reports a success after all",
  cards: "has its success shown to a person, with the payment it may belong to",
};

describe.each(GATEWAYS)("a gateway (%s) that", (gateway) => {
  const both = [gateway, otherThan(gateway)];

  /** The outcome is unknown, as thrown and stored, and no gateway is asked again. */
  async function expectUnknown(error: PayError, reason: unknown, asked: readonly Gateway[] = [gateway]): Promise<void> {
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", retryable: false, providerName: gateway });
    const id = error.paymentId!;
    expect(shop.facts(id)).toEqual([{ kind: "opened" }, { kind: "create_unknown", reason }]);
    expect(await errorOf(shop.checkout(both, PRESS))).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: id });
    await shop.clock.advance(120 * SECOND);
    expect(shop.database.story(id)).toEqual(silentStory(["created", "unknown"]));
    expect(shop.database.rows("SELECT id, provider_reference, next FROM payment")).toEqual([
      { id, provider_reference: null, next: null },
    ]);
    expect(shop.handled).toEqual([]);
    expect(shop.askedGateways()).toEqual(asked);
    const bytes = shop.connections(gateway).map(({ bytesRead }) => bytesRead);
    expect(bytes.filter((count) => count > 0)).toHaveLength(1);
  }

  /** Advances the clock to the end of the gateway's time, after its fault happened. */
  async function timeUp(ready: () => boolean): Promise<void> {
    await shop.until(ready);
    await shop.clock.advance(TIMEOUT_MS - 1);
    expect(shop.database.column("SELECT state FROM payment")).toEqual(["created"]);
    await shop.clock.advance(1);
  }

  /** The effect of a success that arrives after the outcome was unknown. */
  async function expectLateWordKept(paymentId: string): Promise<void> {
    const asked = shop.asked[0]!;
    const answer = await shop.notify(asked, true);
    expect(answer.status).toBe(200);
    if (gateway === "psc") {
      expect(await answer.json()).toEqual({ RedirectUrl: `${RETURN_URL.success}?payment=${paymentId}` });
      await shop.untilDelivered(paymentId);
      expect(shop.database.story(paymentId)).toEqual(
        paidStory(paymentId, { states: ["created", "unknown", "succeeded"] }),
      );
      expect(shop.database.column("SELECT provider_reference FROM payment")).toEqual([asked.id]);
      expect(shop.handled).toMatchObject([{ type: "payment.succeeded", late: false }]);
      return;
    }
    expect(await answer.text()).toBe("OK");
    expect(shop.database.column("SELECT subject FROM unmatched")).toEqual([asked.id]);
    shop.clock.step(HOUR);
    await shop.clock.advance(10 * SECOND);
    await shop.until(() => shop.database.column("SELECT id FROM review").length > 0);
    const reviews = shop.database.rows("SELECT kind, payment_id, candidates FROM review");
    expect(reviews).toEqual([{ kind: "unmatched", payment_id: null, candidates: JSON.stringify([paymentId]) }]);
    // Pay sent no buyer to pay, so a person must decide who paid.
    expect(shop.database.rows("SELECT state, provider_reference, next FROM payment")).toEqual([
      { state: "unknown", provider_reference: null, next: null },
    ]);
    expect(shop.handled).toEqual([]);
  }

  it.each(SILENT)("%s leaves the payment unknown, and is asked once", async (_, asked, reason) => {
    await open(gateway, { asked });
    await expectUnknown(await errorOf(shop.checkout(both, PRESS)), expect.stringMatching(reason));
  });

  it.each(SILENT)(`%s ${LATE[gateway]}`, async (_, asked) => {
    await open(gateway, { asked });
    const { paymentId } = await errorOf(shop.checkout(gateway));
    await expectLateWordKept(paymentId!);
  });

  it.each(SLOW)("%s leaves the payment unknown when its time is up, and its connection closed", async (_, asked) => {
    await open(gateway, { asked });
    const failing = errorOf(shop.checkout(both, PRESS));
    await timeUp(() => shop.asked.length > 0);
    await expectUnknown(await failing, "time is up");
    await allClosed(shop.connections(gateway).slice(0, 1));
  });

  it.each(SLOW)(`%s ${LATE[gateway]}`, async (_, asked) => {
    await open(gateway, { asked });
    const failing = errorOf(shop.checkout(gateway));
    await timeUp(() => shop.asked.length > 0);
    await expectLateWordKept((await failing).paymentId!);
  });

  it("resets the connection within the request leaves the payment unknown, and is not tried again", async () => {
    await open(gateway, { connected: (socket) => socket.once("data", () => socket.resetAndDestroy()) });
    await expectUnknown(await errorOf(shop.checkout(both, PRESS)), expect.stringMatching(BROKEN), []);
  });

  it("never reads the request leaves the payment unknown when its time is up", async () => {
    await open(gateway, { connected: (socket) => socket.pause() });
    const failing = errorOf(shop.checkout(both, PRESS));
    await timeUp(() => shop.connections(gateway).length > 0);
    await expectUnknown(await failing, "time is up", []);
  });

  it("answers byte by byte is waited for until its time is up", async () => {
    await open(gateway, { asked: (socket, { answer }) => drip(socket, http(200, answer), 100) });
    const checkout = shop.checkout(gateway);
    await shop.until(() => shop.asked.length > 0);
    await shop.clock.advance(TIMEOUT_MS - 1);
    const { id, next, providerReference, state } = await checkout;
    expect([state, providerReference, next]).toEqual([
      "pending",
      shop.asked[0]?.id,
      { kind: "redirect", url: `https://gateway.example/pay/${shop.asked[0]?.id}` },
    ]);
    expect(shop.database.story(id)).toEqual(silentStory(["created", "pending"]));
  });
});
