import { describe, expect, it } from "@jest/globals";
import { createHarness, type Harness } from "../../test/harness.ts";
import { watchedStore } from "../../test/watched-store.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { PaymentId } from "../model/ids.ts";
import { readOrder } from "../orders/read-order.ts";
import { recordByPerson } from "../payments/record.ts";
import { refreshFromProvider } from "../status/refresh.ts";
import { memoryStore } from "../store/memory.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";

const PRICE = { value: 1999, currency: "PLN" };
const DEAR = { value: 4999, currency: "PLN" };

type Tell = (harness: Harness, id: PaymentId) => unknown;

/** A shop whose events are kept. */
function shop(cards = fakeProvider()) {
  const events: PaymentEvent[] = [];
  const store = memoryStore();
  const harness = createHarness({
    providers: { cards },
    store: watchedStore({
      ...store,
      update: (query, decide) =>
        store.update(query, (found) => {
          const decision = decide(found);
          for (const event of decision.changes.events) if ("payment" in event) events.push(event);
          return decision;
        }),
    }),
  });
  return { harness, types: () => events.map(({ type }) => type) };
}

const notify = (harness: Harness, parsed: ParsedCallback) => harness.notify("cards", parsed);
const says =
  (status: "succeeded" | "failed" | "reversed"): Tell =>
  (harness, paymentId) =>
    notify(harness, { kind: "notification", about: { paymentId }, reported: { status } });
const refunds =
  (value: number, name = "F-1", status: "succeeded" | "pending" = "succeeded"): Tell =>
  (harness, paymentId) =>
    notify(harness, {
      kind: "refund",
      about: { paymentId },
      refund: { providerReference: name, amount: { ...PRICE, value }, status },
    });

const BACK: readonly [string, Tell, string][] = [
  ["took the money back", says("reversed"), "payment.reversed"],
  ["refunded all of it", refunds(1999), "refund.succeeded"],
];

describe.each(BACK)("a success that comes after the gateway %s", (_, back, told) => {
  it("makes the payment succeed, tells no handler to deliver, and shows a person", async () => {
    const { harness, types } = shop();
    const { id } = await harness.checkout();
    await back(harness, id);
    await says("succeeded")(harness, id);
    expect(types()).toEqual([told]);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.reviews()).toContain("sent_back_paid");
    expect((await harness.store.order("order-1")).paidBy).toBeUndefined();
  });

  it("leaves the order as it is where the success came first: refunded, with the same amounts", async () => {
    const [first, last] = [shop().harness, shop().harness];
    const [one, other] = [await first.checkout(), await last.checkout()];
    for (const tell of [says("succeeded"), back]) await tell(first, one.id);
    for (const tell of [back, says("succeeded")]) await tell(last, other.id);
    const orders = await Promise.all([first, last].map(({ store }) => readOrder(store, "order-1")));
    for (const order of orders) {
      expect(order).toMatchObject({ state: "refunded", paidAmount: PRICE, refundedAmount: PRICE });
    }
  });

  it("lets another payment pay the order, whose success is an ordinary one", async () => {
    const { harness, types } = shop();
    const [one, other] = [await harness.checkout(), await harness.checkout()];
    await back(harness, one.id);
    await says("succeeded")(harness, one.id);
    expect((await readOrder(harness.store, "order-1")).state).toBe("open");
    await says("succeeded")(harness, other.id);
    expect(types()).toEqual([told, "payment.succeeded"]);
    expect(await readOrder(harness.store, "order-1")).toMatchObject({ state: "paid", refundedAmount: PRICE });
    expect((await harness.store.order("order-1")).paidBy).toBe(other.id);
  });

  it.each([false, true])("lets the order be checked out again, allowRepeat: %s", async (allowRepeat) => {
    const { harness, types } = shop();
    const { id } = await harness.checkout();
    for (const tell of [back, says("succeeded")]) await tell(harness, id);
    const again = await harness.checkout({ allowRepeat });
    await says("succeeded")(harness, again.id);
    expect(types()).toEqual([told, "payment.succeeded"]);
  });

  it.each<[string, Tell]>([
    ["failed", says("failed")],
    ["was superseded", (harness) => harness.checkout({ amount: DEAR })],
    [
      "belongs to an order that another payment paid",
      async (harness) => says("succeeded")(harness, (await harness.checkout()).id),
    ],
  ])("tells no success either where the payment %s", async (_, happens) => {
    const { harness, types } = shop();
    const { id } = await harness.checkout();
    await happens(harness, id);
    await back(harness, id);
    const before = types();
    await says("succeeded")(harness, id);
    expect(types()).toEqual(before);
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(await harness.reviews()).toContain("sent_back_paid");
  });

  it("tells no success either where a person recorded it", async () => {
    const { harness, types } = shop();
    const { id } = await harness.checkout();
    await back(harness, id);
    await recordByPerson(harness.context, id, { as: "succeeded", by: "ann" });
    expect(types()).toEqual([told]);
    expect(await harness.reviews()).toContain("sent_back_paid");
  });

  it("is a duplicate once the payment succeeded", async () => {
    const { harness } = shop();
    const { id } = await harness.checkout();
    for (const tell of [says("succeeded"), back, says("succeeded")]) await tell(harness, id);
    expect(await harness.reviews()).not.toContain("sent_back_paid");
  });

  it("tells no success either where both waited for the payment's provider reference", async () => {
    const { harness, types } = shop();
    const reference = providerReference("T-1");
    const about = { providerReference: reference };
    if (told === "payment.reversed") {
      await notify(harness, {
        kind: "notification",
        about,
        providerReference: reference,
        reported: { status: "reversed" },
      });
    } else {
      const refund = { providerReference: "F-1", amount: PRICE, status: "succeeded" } as const;
      await notify(harness, { kind: "refund", about, refund });
    }
    await harness.clock.advance(1);
    await notify(harness, {
      kind: "notification",
      about,
      providerReference: reference,
      reported: { status: "succeeded" },
    });
    const cards = harness.context.providers.get("cards") as ReturnType<typeof fakeProvider>;
    cards.onCreate = async () => ({ kind: "accepted", next: { kind: "wait" }, providerReference: reference });
    const { id } = await harness.checkout();
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(types()).toEqual([told]);
    expect(await harness.reviews()).toContain("sent_back_paid");
  });
});

describe("a success", () => {
  it("is an ordinary one where less was sent back before than was paid, or is only on its way", async () => {
    for (const back of [refunds(1998), refunds(1999, "F-1", "pending")]) {
      const { harness, types } = shop();
      const { id } = await harness.checkout();
      await back(harness, id);
      await says("succeeded")(harness, id);
      expect(types().at(-1)).toBe("payment.succeeded");
      expect((await readOrder(harness.store, "order-1")).state).toBe("paid");
    }
  });

  it("is none to deliver where several refunds before it add up to what was paid", async () => {
    const { harness, types } = shop();
    const { id } = await harness.checkout();
    for (const back of [refunds(1000), refunds(999, "F-2")]) await back(harness, id);
    await says("succeeded")(harness, id);
    expect(types()).toEqual(["refund.succeeded", "refund.succeeded"]);
  });

  it("is none to deliver where the gateway is asked and says that the refunded money went back", async () => {
    const cards = fakeProvider({ can: { retrieve: async () => ({ status: "reversed" }) } });
    const { harness, types } = shop(cards);
    const { id } = await harness.checkout();
    await refunds(1999)(harness, id);
    await refreshFromProvider(harness.context, await harness.record(id));
    expect((await harness.record(id)).payment.state).toBe("succeeded");
    expect(types()).toEqual(["refund.succeeded"]);
    expect(await harness.reviews()).toContain("sent_back_paid");
  });
});
