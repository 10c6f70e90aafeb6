import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness } from "../../test/harness.ts";
import { answering, REJECTED } from "../../test/outcomes.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import type { Pruned, PruneRequest } from "../contract/store.ts";
import type { PaymentId } from "../model/ids.ts";
import { readOrder } from "../orders/read-order.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { sweep } from "../status/sweep.ts";
import { memoryStore } from "../store/memory.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { MINIMUM_AGE_MS, type PruneOptions, type PruneProgress, prunePayments } from "./prune.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 0, 15, 12);
const clock = { now: () => NOW, sleep: async () => {} };

const paid = (paymentId: PaymentId): ParsedCallback => ({
  kind: "notification",
  about: { paymentId },
  reported: { status: "succeeded" },
});

/** A shop that ran 31 days ago, and whose payments are pruned now. */
function createOldShop(cards = fakeProvider()) {
  const harness = createHarness({ providers: { cards } });
  const handlers = [{ name: "vip", type: "payment.succeeded" }] as const;
  return {
    ...harness,
    /** Delivers all due events to the handler, and returns their number. */
    async deliver() {
      const now = harness.clock.now();
      await harness.store.registerHandlers(handlers);
      const leased = await harness.store.leaseDeliveries({ now, until: now + 1, handlers, limit: 10 });
      for (const delivery of leased) await harness.store.finishDelivery(delivery, { kind: "delivered", at: now });
      return leased.length;
    },
    prune() {
      harness.clock.step(31 * DAY);
      return prunePayments(harness.store, {
        olderThanMs: 30 * DAY,
        clock: { ...harness.clock, sleep: async () => {} },
      });
    },
  };
}

describe("a superseded payment that a person did not accept", () => {
  const paidWhileDear = async (harness: ReturnType<typeof createOldShop>) => {
    const { id } = await harness.checkout();
    const dear = await harness.checkout({ amount: { value: 4999, currency: "PLN" } });
    for (const [paymentId, status] of [
      [id, "succeeded"],
      [dear.id, "failed"],
    ] as const)
      await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status } });
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "dismiss" });
    await harness.deliver();
    return id;
  };

  it("stays while its money is kept: its order is not taken for unpaid, and the amount is not taken again", async () => {
    const harness = createOldShop();
    const id = await paidWhileDear(harness);
    expect(await harness.prune()).toBe(1);
    expect(await readOrder(harness.store, "order-1")).toMatchObject({ state: "superseded_paid", payments: [{ id }] });
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
  });

  it("is pruned once its money was sent back, and leaves its order unpaid as before", async () => {
    const harness = createOldShop();
    const id = await paidWhileDear(harness);
    const refund = { providerReference: "F-1", amount: { value: 1999, currency: "PLN" }, status: "succeeded" } as const;
    await harness.notify("cards", { kind: "refund", about: { paymentId: id }, refund });
    await harness.deliver();
    expect((await readOrder(harness.store, "order-1")).state).toBe("unpaid");
    expect(await harness.prune()).toBe(2);
    expect(await readOrder(harness.store, "order-1")).toMatchObject({ state: "unpaid", payments: [] });
  });
});

describe("after a payment was pruned", () => {
  it("a callback that comes late is acknowledged, told to nobody, and shown to a person", async () => {
    const harness = createOldShop();
    const { id } = await harness.checkout();
    await harness.notify("cards", paid(id));
    expect(await harness.deliver()).toBe(1);
    expect(await harness.prune()).toBe(1);
    for (let time = 1; time <= 2; time++) {
      expect(await harness.notify("cards", paid(id))).toEqual({ status: 200, body: "OK" });
    }
    expect(await harness.deliver()).toBe(0);
    expect(await harness.store.payment(id)).toBeUndefined();
    await harness.clock.advance(60 * 60 * 1000);
    await sweep(harness.context);
    expect(await harness.reviews()).toEqual(["unmatched"]);
  });

  it.each<[string, (id: PaymentId) => ParsedCallback]>([
    [
      "a refund",
      (id) => ({
        kind: "refund",
        about: { paymentId: id },
        refund: { status: "succeeded", providerReference: "rf-1" },
      }),
    ],
    ["a chargeback", (id) => ({ kind: "notification", about: { paymentId: id }, reported: { status: "reversed" } })],
    ["a status check", (id) => ({ kind: "check_status", about: { paymentId: id } })],
  ])("a callback about %s is acknowledged as well, and shown to a person", async (_, callback) => {
    const harness = createOldShop(fakeProvider({ callback: { correlation: "callback-url" } }));
    const { id } = await harness.checkout();
    await harness.notify("cards", paid(id));
    await harness.deliver();
    expect(await harness.prune()).toBe(1);
    expect(await harness.notify("cards", callback(id))).toEqual({ status: 200, body: "OK" });
    await harness.clock.advance(60 * 60 * 1000);
    await sweep(harness.context);
    expect(await harness.reviews()).toEqual(["unmatched"]);
  });

  it("its order is paid for ever, and a checkout of it is told by what", async () => {
    const harness = createOldShop();
    const { id } = await harness.checkout({ idempotencyKey: "basket 1" });
    await harness.notify("cards", paid(id));
    await harness.deliver();
    expect(await harness.prune()).toBe(1);
    for (const idempotencyKey of ["basket 1", "basket 2", undefined]) {
      const error = await errorOf(harness.checkout(idempotencyKey === undefined ? {} : { idempotencyKey }));
      expect(error).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
    }
  });

  it("a refunded order counts as paid, and a checkout of it names a remedy that works", async () => {
    const harness = createOldShop();
    const { id } = await harness.checkout();
    await harness.notify("cards", paid(id));
    const refund = { providerReference: "F-1", amount: { value: 1999, currency: "PLN" }, status: "succeeded" } as const;
    await harness.notify("cards", { kind: "refund", about: { paymentId: id }, refund });
    while ((await harness.deliver()) > 0);
    expect((await readOrder(harness.store, "order-1")).state).toBe("refunded");
    expect(await harness.prune()).toBe(1);
    expect(await readOrder(harness.store, "order-1")).toEqual({ orderId: "order-1", state: "paid", payments: [] });
    for (const allowRepeat of [true, false]) {
      const { code, message } = await errorOf(harness.checkout({ allowRepeat }));
      expect(code).toBe("ORDER_ALREADY_PAID");
      expect(message).toMatch("If its payment was pruned, Pay does not know what was sent back: use another orderId.");
      expect(message).not.toMatch(/paid: deliver|not everything was sent back/);
    }
    expect((await harness.checkout({ orderId: "order-1-again" })).state).toBe("pending");
  });

  it("another payment of the order that succeeds is a double payment", async () => {
    const harness = createOldShop();
    const [first, second] = [await harness.checkout(), await harness.checkout()];
    await harness.notify("cards", paid(first.id));
    await harness.deliver();
    expect(await harness.prune()).toBe(1);
    await harness.notify("cards", paid(second.id));
    expect(await harness.reviews()).toEqual(["double_payment"]);
  });

  it("the key of a checkout that failed is good for a new one", async () => {
    const cards = answering(REJECTED);
    const harness = createOldShop(cards);
    const attempt = async () => (await errorOf(harness.checkout({ idempotencyKey: "basket 1" }))).paymentId;
    const first = await attempt();
    await harness.deliver();
    expect(await attempt()).toBe(first);
    expect(await harness.prune()).toBe(1);
    expect(await attempt()).not.toBe(first);
  });
});

describe("pruning", () => {
  /** A store with this many finished payments. */
  function storeOf(payments: number) {
    const asked: PruneRequest[] = [];
    let left = payments;
    const prune = async (request: PruneRequest): Promise<readonly Pruned[]> => {
      asked.push(request);
      const size = Math.min(left, request.limit);
      left -= size;
      return Array.from({ length: size }, (_, n) => {
        return { paymentId: `pay_${left}_${n}` as PaymentId, updatedAt: NOW - left };
      });
    };
    return { asked, store: { ...memoryStore(), prune } };
  }

  async function run(payments: number, options: Partial<PruneOptions> = {}) {
    const { asked, store } = storeOf(payments);
    const progress: PruneProgress[] = [];
    const onProgress = (made: PruneProgress) => void progress.push(made);
    const removed = await prunePayments(store, { olderThanMs: 365 * DAY, clock, onProgress, ...options });
    return { asked, progress, removed };
  }

  it("goes on in batches until nothing is left, and tells how far it is", async () => {
    const { asked, progress, removed } = await run(2500);
    expect(removed).toBe(2500);
    expect(progress).toEqual([
      { payments: 1000, upTo: NOW - 1500 },
      { payments: 2000, upTo: NOW - 500 },
      { payments: 2500, upTo: NOW },
    ]);
    expect(asked.map(({ after }) => after?.updatedAt)).toEqual([undefined, NOW - 1500, NOW - 500, NOW]);
    expect(asked[0]).toEqual({ before: NOW - 365 * DAY, limit: 1000, dryRun: false });
  });

  it("ends after the batch that is running when it is stopped", async () => {
    const stopping = new AbortController();
    const { asked, removed } = await run(2500, { signal: stopping.signal, onProgress: () => stopping.abort() });
    expect([removed, asked.length]).toEqual([1000, 1]);
  });

  it("says what it would remove, where that is asked for", async () => {
    const { asked } = await run(1, { dryRun: true });
    expect(asked.map(({ dryRun }) => dryRun)).toEqual([true, true]);
  });

  it.each([
    ["a misspelt option, which would remove what was only to be counted", { dryrun: true }, "dryrun"],
    ["a text for dryRun", { dryRun: "true" }, "dryRun"],
    ["an age as text", { olderThanMs: "3000000000" }, "olderThanMs"],
  ])("refuses %s, and removes nothing", async (_, over, field) => {
    let calls = 0;
    const watched = {
      ...memoryStore(),
      async prune() {
        calls += 1;
        return [];
      },
    };
    const options = { olderThanMs: MINIMUM_AGE_MS, clock, ...over } as never;
    expect(await errorOf(prunePayments(watched, options))).toMatchObject({ code: "INVALID_REQUEST", field });
    expect(calls).toBe(0);
  });

  it("refuses no options at all", async () => {
    const error = await errorOf(prunePayments(memoryStore(), undefined as never));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "options" });
  });

  it.each([MINIMUM_AGE_MS - 1, 0, -DAY, Number.NaN, Number.POSITIVE_INFINITY, 30.5 * DAY + 0.5])(
    "refuses an age of %p ms before it asks the store",
    async (olderThanMs) => {
      const { asked, store } = storeOf(1);
      const error = await errorOf(prunePayments(store, { olderThanMs, clock }));
      expect(error).toMatchObject({ code: "INVALID_REQUEST", field: "olderThanMs" });
      expect(asked).toEqual([]);
    },
  );
});
