import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { CheckoutResult, PayError } from "@pay/core";
import { paidStory } from "./support/database.ts";
import { type Asked, type FaultyShop, GATEWAYS, silentStory, startFaultyShop } from "./support/faulty-shop.ts";
import { http } from "./support/raw-gateway.ts";
import type { Gateway } from "./support/shop.ts";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;
const AT_ONCE = 1000;

let shop: FaultyShop;
let sockets: Socket[];

afterEach(async () => {
  await shop.close();
  expect(shop.errors()).toEqual([]);
});

/** Lets a gateway hold its requests until the test answers them. */
async function hold(gateway: Gateway): Promise<void> {
  sockets = [];
  shop = await startFaultyShop({ [gateway]: { asked: (socket: Socket) => sockets.push(socket) } });
}

interface Checkout {
  readonly asked: Asked;
  readonly socket: Socket;
  readonly id: string;
  /** The result of the checkout. */
  readonly ended: Promise<CheckoutResult | PayError>;
}

/** A checkout whose gateway has the request but has not answered. */
async function startCheckout(gateway: Gateway, provider: Gateway | readonly Gateway[] = gateway): Promise<Checkout> {
  const before = sockets.length;
  const ended = shop.checkout(provider).catch((error: PayError) => error);
  await shop.until(() => sockets.length > before);
  const [id] = shop.database.column("SELECT id FROM payment ORDER BY id DESC");
  return { asked: shop.asked.at(-1)!, socket: sockets.at(-1)!, id: String(id), ended };
}

/** A checkout whose gateway vanished after it had the request. */
async function checkoutOfVanished(gateway: Gateway): Promise<Checkout> {
  const vanished = await startCheckout(gateway);
  vanished.socket.resetAndDestroy();
  expect(await vanished.ended).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: vanished.id });
  return vanished;
}

/** Sends a callback, and checks that the gateway gets its answer: from GOSetti.pl's view a return address, from Sellly's `OK`. */
async function notify(asked: Asked, says: boolean, id?: string): Promise<void> {
  const answer = await shop.notify(asked, says, id);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  if (asked.gateway === "cards") expect(text).toBe("OK");
  else expect(JSON.parse(text)).toEqual({ RedirectUrl: expect.stringMatching(/^https:\/\/shop\.example\//) });
}

/** Lets an hour and a sweep pass, waits for the review of the unmatched notification, and returns the payments it proposes. */
async function unmatchedCandidates(): Promise<unknown> {
  shop.clock.step(HOUR);
  await shop.clock.advance(10 * SECOND);
  await shop.until(() => shop.database.column("SELECT id FROM review WHERE kind = 'unmatched'").length > 0);
  const rows = shop.database.rows("SELECT payment_id, candidates FROM review WHERE kind = 'unmatched'");
  expect(rows).toMatchObject([{ payment_id: null }]);
  return JSON.parse(String(rows[0]?.candidates));
}

const story = (id: string) => shop.database.story(id);

describe.each(GATEWAYS)("%s, calling back before it answers create,", (gateway) => {
  it("that the payment is paid, has it delivered once, and the buyer has nothing left to do", async () => {
    await hold(gateway);
    const { asked, ended, id, socket } = await startCheckout(gateway);
    await notify(asked, true);
    socket.write(http(200, asked.answer));
    expect(await ended).toMatchObject({ id, state: "succeeded", next: { kind: "wait" } });
    await shop.untilDelivered(id);
    expect(story(id)).toMatchObject({ state: "succeeded", inbox: 1, events: ["payment.succeeded"], reviews: [] });
    expect(shop.database.column("SELECT subject FROM unmatched")).toEqual([]);
    expect(shop.handled).toHaveLength(1);
  });

  it("that the payment failed, sends no buyer to pay", async () => {
    await hold(gateway);
    const { asked, ended, id, socket } = await startCheckout(gateway);
    await notify(asked, false);
    socket.write(http(200, asked.answer));
    expect(await ended).toMatchObject({ code: "CREATE_REJECTED", paymentId: id });
    await shop.untilDelivered(id);
    expect(story(id)).toMatchObject({ state: "failed", events: ["payment.failed"] });
  });

  it.each([
    [true, false],
    [false, true],
  ])("both ways (%s, then %s), ends succeeded with one payment.succeeded", async (first, second) => {
    await hold(gateway);
    const { asked, ended, id, socket } = await startCheckout(gateway);
    await notify(asked, first);
    await notify(asked, second);
    socket.write(http(200, asked.answer));
    expect(await ended).toMatchObject({ id, state: "succeeded" });
    await shop.until(() => shop.handled.some(({ type }) => type === "payment.succeeded"));
    expect(story(id).state).toBe("succeeded");
    expect(shop.handled.filter(({ type }) => type === "payment.succeeded")).toHaveLength(1);
    expect(shop.handled.at(-1)?.type).toBe("payment.succeeded");
  });
});

describe.each(GATEWAYS)("%s, calling back 1,000 times at once,", (gateway) => {
  it("gets the answer it wants 1,000 times, and the shop hears once", async () => {
    await hold(gateway);
    const { asked, ended, id, socket } = await startCheckout(gateway);
    socket.write(http(200, asked.answer));
    await ended;
    await Promise.all(Array.from({ length: AT_ONCE }, () => notify(asked, true)));
    await shop.untilDelivered(id);
    expect(story(id)).toEqual(paidStory(id));
    expect(shop.handled).toHaveLength(1);
  });

  it("in contradiction, ends succeeded, and no failure is told after the success", async () => {
    await hold(gateway);
    const { asked, ended, id, socket } = await startCheckout(gateway);
    socket.write(http(200, asked.answer));
    await ended;
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => notify(asked, n % 2 === 0)));
    await shop.until(() => shop.handled.some(({ type }) => type === "payment.succeeded"));
    expect(story(id)).toMatchObject({ state: "succeeded", inbox: 2 });
    expect(shop.handled.at(-1)?.type).toBe("payment.succeeded");
  });
});

describe.each(GATEWAYS)("%s, never calling back,", (gateway) => {
  it("lets the payment expire; a success after that still counts, and says it is late", async () => {
    await hold(gateway);
    const { asked, ended, id, socket } = await startCheckout(gateway);
    socket.write(http(200, asked.answer));
    await ended;
    shop.clock.step(31 * DAY);
    await shop.clock.advance(10 * SECOND);
    await shop.untilDelivered(id);
    expect(story(id)).toMatchObject({ state: "expired", inbox: 0, events: ["payment.expired"] });
    await notify(asked, true);
    await shop.untilDelivered(id, 2);
    expect(story(id)).toMatchObject({
      state: "succeeded",
      events: ["payment.expired", "payment.succeeded"],
      reviews: ["late_success"],
    });
    expect(shop.handled.at(-1)).toMatchObject({ type: "payment.succeeded", late: true });
  });
});

describe("a gateway that vanished with the request", () => {
  it("and calls back at the payment's own address decides what became unknown", async () => {
    await hold("psc");
    const { asked, id } = await checkoutOfVanished("psc");
    expect(story(id)).toEqual(silentStory(["created", "unknown"]));
    await notify(asked, true);
    await shop.untilDelivered(id);
    expect(story(id)).toEqual(paidStory(id, { states: ["created", "unknown", "succeeded"] }));
  });

  it("and calls back by a name nobody stored is kept; an hour later a person is told whose it may be", async () => {
    await hold("cards");
    const { asked, id } = await checkoutOfVanished("cards");
    await notify(asked, true);
    expect(story(id)).toEqual(silentStory(["created", "unknown"]));
    expect(shop.database.column("SELECT subject FROM unmatched")).toEqual([asked.id]);
    expect(await unmatchedCandidates()).toEqual([id]);
    // No buyer was sent to pay: the checkout threw, and the gateway got one request.
    expect(shop.asked).toHaveLength(1);
    expect(shop.handled.filter(({ type }) => type === "payment.succeeded")).toEqual([]);
  });
});
