import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { errorOf } from "./support/error-of.ts";
import {
  type Faults,
  type FaultyShop,
  GATEWAYS,
  otherThan,
  silentStory,
  startFaultyShop,
} from "./support/faulty-shop.ts";
import { http } from "./support/raw-gateway.ts";

const PRESS = { idempotencyKey: "press" };
const FAILED = silentStory(["created", "failed"], { events: ["payment.failed"], deliveries: ["delivered"] });

let shop: FaultyShop;

afterEach(async () => {
  await shop.close();
  expect(shop.errors()).toEqual([]);
});

const atFirstByte = (act: (socket: Socket) => unknown): Faults => ({
  https: true,
  connected: (socket) => socket.once("data", () => act(socket)),
});

const UNREACHED: [string, Faults, string | RegExp][] = [
  ["refuses the connection", { gone: true }, "ECONNREFUSED"],
  ["resets the connection within the TLS handshake", atFirstByte((socket) => socket.resetAndDestroy()), "ECONNRESET"],
  ["closes the connection within the TLS handshake", atFirstByte((socket) => socket.end()), "ECONNRESET"],
  ["answers the TLS handshake in plain HTTP", atFirstByte((socket) => socket.end(http(200, "{}"))), /^ERR_SSL_/],
];

const says = (status: number, body: string): Faults => ({ asked: (socket) => socket.write(http(status, body)) });

/** Every error code of Sellly's documentation, in each place where it may stand, with the field that it names. */
const CODES: [string, string, string | undefined][] = [
  ['{"status":600}', "600", undefined],
  ['{"status":"601","message":"Podany sklep nie istnieje."}', "601", undefined],
  ['{"code":602}', "602", undefined],
  ['{"error":"603"}', "603", "options.operator"],
  ["604", "604", "amount.currency"],
  ["Error: 605", "605", "amount"],
  ["606 Wartość language_code jest nieprawidłowa.", "606", "buyer.language"],
  ['"607"', "607", "buyer.email"],
  ['{"status":500,"code":"608"}', "608", "buyer.ip"],
  ['{"status":609}', "609", "options.currencyConverter"],
  ['{"status":610}', "610", "options.operator"],
];

describe.each(GATEWAYS)("a gateway (%s) that", (gateway) => {
  const other = otherThan(gateway);

  /** The payment at the tested gateway. */
  function own(): string {
    return String(shop.database.column("SELECT id FROM payment WHERE provider_name = ?", gateway)[0]);
  }

  /** It failed with an event, and the other gateway has one payment, however often the button is pressed. */
  async function expectMovedOn(): Promise<void> {
    const paid = await shop.checkout([gateway, other], PRESS);
    expect(paid).toMatchObject({ providerName: other, state: "pending", next: { kind: "redirect" } });
    expect(await shop.checkout([gateway, other], PRESS)).toEqual(paid);
    await shop.untilDelivered(own());
    expect(shop.database.story(own())).toEqual(FAILED);
    expect(shop.database.story(paid.id)).toEqual(silentStory(["created", "pending"]));
    expect(shop.handled.map(({ payment }) => payment.id)).toEqual([own()]);
  }

  /** It failed with an event, and no other gateway was called. */
  async function expectStopped(details: object): Promise<void> {
    const error = await errorOf(shop.checkout([gateway, other], PRESS));
    expect(error).toMatchObject({ code: "CREATE_REJECTED", retryable: false, providerName: gateway, ...details });
    const { code, message, paymentId } = error;
    expect(await errorOf(shop.checkout([gateway, other], PRESS))).toMatchObject({ code, message, paymentId });
    await shop.untilDelivered(own());
    expect(paymentId).toBe(own());
    expect(shop.database.story(own())).toEqual(FAILED);
    expect(shop.database.column("SELECT next FROM payment")).toEqual([null]);
    expect(shop.askedGateways()).toEqual([gateway]);
  }

  /** GOSetti.pl documents no codes, so their meaning there is unknown. */
  async function expectUnknown(): Promise<void> {
    const error = await errorOf(shop.checkout([gateway, other], PRESS));
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: own() });
    expect(shop.database.story(own())).toEqual(silentStory(["created", "unknown"]));
    expect(shop.askedGateways()).toEqual([gateway]);
  }

  it.each(UNREACHED)("%s has certainly not got the payment, so the next one is asked", async (_, faults, reason) => {
    shop = await startFaultyShop({ [gateway]: faults });
    await expectMovedOn();
    expect(shop.facts(own())).toEqual([
      { kind: "opened" },
      { kind: "create_not_sent", reason: expect.stringMatching(reason) },
    ]);
    expect(shop.askedGateways()).toEqual([other]);
  });

  it("refuses the connection like the one before it leaves the buyer with an error to try again on", async () => {
    shop = await startFaultyShop({ psc: { gone: true }, cards: { gone: true } });
    const error = await errorOf(shop.checkout([other, gateway]));
    expect(error).toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
      retryable: true,
      providerName: gateway,
      paymentId: own(),
    });
    const ids = shop.database.column("SELECT id FROM payment").map(String);
    for (const id of ids) {
      await shop.untilDelivered(id);
      expect(shop.database.story(id)).toEqual(FAILED);
    }
    expect(ids).toHaveLength(2);
  });

  it("answers 429 has not got the payment, so the next one is asked", async () => {
    shop = await startFaultyShop({ [gateway]: says(429, "slow down") });
    await expectMovedOn();
    expect(shop.facts(own())).toEqual([
      { kind: "opened" },
      { kind: "create_rejected", code: "unavailable", retryable: true, providerCode: "429" },
    ]);
    expect(shop.askedGateways()).toEqual([gateway, other]);
  });

  it.each([400, 401, 403, 404])("answers %i has refused the payment, and nobody else is asked", async (status) => {
    shop = await startFaultyShop({ [gateway]: says(status, "<h1>No</h1>") });
    await expectStopped({ providerCode: String(status) });
  });

  it.each(CODES)("answers 500 with %s is understood where its document knows the code", async (body, code, field) => {
    shop = await startFaultyShop({ [gateway]: says(500, body) });
    await (gateway === "cards" ? expectStopped({ providerCode: code, field }) : expectUnknown());
  });

  it("answers 500 with 699 takes nothing now, where its document knows the code", async () => {
    shop = await startFaultyShop({ [gateway]: says(500, '{"status":699}') });
    await (gateway === "cards" ? expectMovedOn() : expectUnknown());
    expect(shop.askedGateways()).toEqual(gateway === "cards" ? ["cards", "psc"] : ["psc"]);
  });
});
