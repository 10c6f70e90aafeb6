import { describe, expect, it } from "@jest/globals";
import { createHarness, type Harness } from "../../test/harness.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { readOrder } from "../orders/read-order.ts";
import { recordByPerson } from "../payments/record.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { refreshFromProvider } from "../status/refresh.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";

const pln = (value: number) => ({ value, currency: "PLN" });
const OTHER = providerReference("OTHER");

type Notification = Extract<ParsedCallback, { kind: "notification" }>;

/** Has the gateway say this of a payment of 19.99. */
const says = (
  harness: Harness,
  paymentId: PaymentId,
  status: Notification["reported"]["status"],
  amount?: number,
  over: Partial<Notification> = {},
) =>
  harness.notify("cards", {
    kind: "notification",
    about: { paymentId },
    reported: { status, ...(amount !== undefined && { amount: pln(amount) }) },
    ...over,
  });

async function paidPayment(harness = createHarness()) {
  const { id } = await harness.checkout();
  await says(harness, id, "succeeded", 1999);
  return { harness, id };
}

const orderOf = async ({ store }: Harness) => {
  const { refundedAmount, state } = await readOrder(store, "order-1");
  return [state, refundedAmount?.value];
};

async function accept(harness: Harness, kind: string, as?: "reversed") {
  const review = (await harness.store.openReviews(10)).find((open) => open.kind === kind)!;
  await resolveReview(harness.context, review.id, { action: "accept", ...(as && { as }) });
}

describe("a part of the money that the gateway takes back", () => {
  it("sends nothing back and shows a person each part", async () => {
    const { harness, id } = await paidPayment();
    await says(harness, id, "reversed", 500, { eventId: "1" });
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
    await says(harness, id, "reversed", 700, { eventId: "2" });
    expect(await harness.reviews()).toEqual(["amount_mismatch", "amount_mismatch"]);
    expect(await orderOf(harness)).toEqual(["paid", 0]);
  });

  it("shows a person a part after all of the money went back", async () => {
    const { harness, id } = await paidPayment();
    await says(harness, id, "reversed");
    await says(harness, id, "reversed", 500);
    expect(await harness.reviews()).toEqual(["reversed", "amount_mismatch"]);
  });

  it("leaves the success that comes after it an ordinary one", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await says(harness, id, "reversed", 500);
    await says(harness, id, "succeeded", 1999);
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
    expect(await orderOf(harness)).toEqual(["paid", 0]);
  });

  it("sends nothing back where the gateway was asked", async () => {
    const cards = fakeProvider({ can: { retrieve: async () => ({ status: "reversed", amount: pln(500) }) } });
    const { harness, id } = await paidPayment(createHarness({ providers: { cards } }));
    await refreshFromProvider(harness.context, await harness.record(id));
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
    expect(await orderOf(harness)).toEqual(["paid", 0]);
  });

  it("is counted as a person records it, and so is what the gateway takes back later", async () => {
    const { harness, id } = await paidPayment();
    await says(harness, id, "reversed", 500);
    for (const [value, idempotencyKey] of [[500, "1"] as const, [1499, "2"] as const]) {
      await recordByPerson(harness.context, id, {
        as: "refunded",
        amount: pln(value),
        idempotencyKey,
        by: "anna",
      });
      expect(await orderOf(harness)).toEqual(value === 500 ? ["paid", 500] : ["refunded", 1999]);
    }
  });

  it("counts as all of the money once a person accepts its amount", async () => {
    const { harness, id } = await paidPayment();
    await says(harness, id, "reversed", 500);
    await accept(harness, "amount_mismatch");
    expect(await orderOf(harness)).toEqual(["refunded", 1999]);
  });

  it.each<[string, "reversed" | "unrecognized", Partial<Notification>, "reversed" | undefined]>([
    ["reference", "reversed", { providerReference: OTHER }, undefined],
    ["meaning", "unrecognized", {}, "reversed"],
  ])("stays a part where a person accepts its %s", async (_, status, over, as) => {
    const cards = fakeProvider();
    cards.onCreate = () => ({
      kind: "accepted",
      next: { kind: "wait" },
      providerReference: providerReference("OWN"),
    });
    const { harness, id } = await paidPayment(createHarness({ providers: { cards } }));
    await says(harness, id, status, 500, over);
    await accept(harness, status === "reversed" ? "reference_mismatch" : "unrecognized", as);
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
    expect(await orderOf(harness)).toEqual(["paid", 0]);
  });

  it("does not keep a person from recording a success of the same amount", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    await says(harness, id, "reversed", 500);
    await recordByPerson(harness.context, id, { as: "succeeded", amount: pln(500), by: "anna" });
    expect(await harness.reviews()).toEqual(["amount_mismatch", "amount_mismatch"]);
  });
});

it("all of the money that the gateway takes back goes back, whether or not it names the amount", async () => {
  for (const amount of [1999, undefined]) {
    const { harness, id } = await paidPayment();
    await says(harness, id, "reversed", amount);
    expect(await harness.reviews()).toEqual(["reversed"]);
    expect(await orderOf(harness)).toEqual(["refunded", 1999]);
  }
});
