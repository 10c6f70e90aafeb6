import { afterEach, describe, expect, it } from "@jest/globals";
import { post } from "../../test/requests.ts";
import { BASE, createShop as create, ORDER } from "../../test/shop.ts";
import type { PaymentId } from "../model/ids.ts";
import { DELIVERY_DELAYS_MS } from "./attempt.ts";

const CALLBACKS = `${BASE.baseUrl}/callbacks/cards`;
type Shop = ReturnType<typeof create>;
let shop: Shop;
afterEach(async () => {
  const closing = shop.pay.close();
  await shop.clock.advance(60_000);
  await closing;
});

/** A paid payment whose handler failed twice and waits for about five minutes. */
async function waiting(handle: () => unknown = failOnce(2)) {
  shop = create();
  let calls = 0;
  shop.pay.on("payment.succeeded", "warehouse", () => {
    calls += 1;
    return handle();
  });
  await shop.pay.start();
  const id = await paid();
  await shop.clock.advance(10_000);
  const row = async () => (await shop.pay.deliveries.list(id)).find(({ handler }) => handler === "warehouse")!;
  return { ...shop, id, row, calls: () => calls };
}

function failOnce(times: number) {
  let left = times;
  return () => {
    if (left-- > 0) throw new Error("closed");
  };
}

async function paid(orderId = "order-1"): Promise<PaymentId> {
  const { id } = await shop.pay.checkout({ ...ORDER, orderId, providerName: "cards" });
  await shop.pay.fetch(post(CALLBACKS, { status: "succeeded", providerReference: `R-${id}` }));
  return id as PaymentId;
}

describe("a delivery that waits for its next attempt", () => {
  it("shows when that is due, and is attempted now on demand, from the first attempt, which is in the history", async () => {
    const { calls, clock, id, pay, row } = await waiting();
    const before = await row();
    expect(before).toMatchObject({ status: "due", attempts: 2, error: "Error: closed" });
    expect(before.nextAttemptAt! - clock.now()).toBeGreaterThan(4 * 60_000);
    expect(calls()).toBe(2);
    await pay.deliveries.redrive(id, { eventId: before.eventId, handler: "warehouse", by: "Anna" });
    await clock.advance(0);
    expect(calls()).toBe(3);
    expect(await row()).toMatchObject({ status: "delivered", attempts: 1 });
    expect(await row()).not.toHaveProperty("nextAttemptAt");
    expect((await pay.payments.history(id)).at(-1)?.fact).toMatchObject({
      kind: "redrive",
      handler: "warehouse",
      by: "Anna",
    });
  });

  it("is not redriven while an earlier event of its payment waits for the same handler, and the error says so", async () => {
    shop = create();
    for (const type of ["payment.succeeded", "payment.reversed"] as const) {
      shop.pay.on(type, "books", () => {
        throw new Error("closed");
      });
    }
    await shop.pay.start();
    const id = await paid();
    await shop.pay.fetch(post(CALLBACKS, { status: "reversed", providerReference: `R-${id}` }));
    await shop.clock.advance(10_000);
    const rows = (await shop.pay.deliveries.list(id)).filter(({ handler }) => handler === "books");
    expect(rows.map(({ status }) => status)).toEqual(["due", "due"]);
    const history = await shop.pay.payments.history(id);
    const redriven = shop.pay.deliveries.redrive(id, { eventId: rows[1]!.eventId, handler: "books" });
    await expect(redriven).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      field: "eventId",
      message: "eventId must be that of payment.succeeded: the handler gets the events of a payment in order.",
    });
    expect(await shop.pay.payments.history(id)).toEqual(history);
  });
});

describe("a delivery that is attempted at the moment", () => {
  it("is left alone, and the answer says to wait", async () => {
    const { id, pay, row } = await waiting(() => new Promise(() => {}));
    const before = await row();
    expect(before.status).toBe("leased");
    const redriven = pay.deliveries.redrive(id, { eventId: before.eventId, handler: "warehouse" });
    await expect(redriven).rejects.toMatchObject({ code: "IN_PROGRESS", retryable: true });
    expect(await row()).toEqual(before);
    expect((await pay.payments.history(id)).at(-1)?.fact.kind).toBe("succeeded");
  });
});

describe("the failing deliveries", () => {
  it("are those that wait after a failure and those that are dead, with their payments, newest first, up to a limit", async () => {
    const { clock, id, pay, row } = await waiting(failOnce(99));
    expect(await pay.deliveries.failing()).toEqual([{ ...(await row()), payment: await pay.payments.get(id) }]);
    await clock.advance(1000);
    const newer = await paid("order-2");
    await clock.advance(10_000);
    const ids = async (options = {}) => (await pay.deliveries.failing(options)).map(({ payment }) => payment?.id);
    expect(await ids()).toEqual([newer, id]);
    expect(await ids({ limit: 1 })).toEqual([newer]);
    for (const delay of DELIVERY_DELAYS_MS) {
      clock.step(delay * 1.3);
      await clock.advance(60_000);
    }
    expect((await pay.deliveries.failing()).map(({ status }) => status)).toEqual(["dead", "dead"]);
  });

  it("are refused with a limit that is out of range, naming it", async () => {
    const { pay } = await waiting();
    for (const limit of [0, 1.5, 1001, "5"]) {
      await expect(pay.deliveries.failing({ limit } as never)).rejects.toMatchObject({
        code: "INVALID_REQUEST",
        field: "limit",
      });
    }
  });
});

describe("a dead letter of an event about a review without a payment", () => {
  it("closes its review when it is redriven, however many reviews are open before it", async () => {
    shop = create();
    let fails = true;
    shop.pay.on("review.opened", "alarm", () => {
      if (fails) throw new Error("closed");
    });
    await shop.pay.start();
    await shop.pay.fetch(post(CALLBACKS, { status: "succeeded", providerReference: "U-1" }));
    await shop.clock.advance(3_700_000);
    const dead = async () => (await shop.pay.deliveries.failing()).find(({ status }) => status === "dead");
    for (let day = 0; day < 5 && (await dead()) === undefined; day++) await shop.clock.advance(86_400_000);
    const { eventId, handler, review } = (await dead())!;
    const kinds = async () => (await shop.store.openReviews(10)).map(({ kind }) => kind);
    expect(await kinds()).toEqual(["unmatched", "dead_letter"]);
    fails = false;
    const { length } = shop.store.calls;
    await shop.pay.deliveries.redrive(review!, { eventId, handler, by: "Anna" });
    expect(shop.store.calls.slice(length)).not.toContain("openReviews");
    expect(await kinds()).toEqual(["unmatched"]);
  });
});
