import { describe, expect, it } from "@jest/globals";
import { createHarness } from "../../test/harness.ts";
import type { ParsedCallback } from "../contract/provider.ts";
import { readOrder } from "../orders/read-order.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { sweep } from "../status/sweep.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";

const OWN = providerReference("OWN");
const OTHER = providerReference("OTHER");

interface Money {
  readonly named?: typeof OWN;
  readonly amount?: number;
}

/** A payment of 19.99, called OWN by its gateway, that is paid since a person accepted this success. */
async function accepted(money: Money) {
  const cards = fakeProvider();
  cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" }, providerReference: OWN });
  const harness = createHarness({ providers: { cards } });
  const { id } = await harness.checkout();
  const says = (status: "succeeded" | "reversed", { amount, named }: Money, eventId: string) =>
    harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      reported: { status, ...(amount !== undefined && { amount: { value: amount, currency: "PLN" } }) },
      ...(named !== undefined && { providerReference: named }),
      eventId,
    });
  await says("succeeded", money, "1");
  const [review] = await harness.store.openReviews(10);
  await resolveReview(harness.context, review!.id, { action: "accept", by: "anna" });
  expect((await harness.record(id)).payment).toMatchObject({ state: "succeeded", providerReference: OWN });
  return { harness, id, says };
}

const SECOND: Money = { named: OTHER, amount: 1999 };
const LESS: Money = { named: OWN, amount: 500 };

describe("after a person accepted a success", () => {
  it.each<[string, Money, Money, string]>([
    ["under another reference, the payment's own", SECOND, { named: OWN, amount: 1999 }, "double_payment"],
    ["under another reference, a third", SECOND, { named: providerReference("3"), amount: 1999 }, "double_payment"],
    ["of another amount, the payment's own", LESS, { named: OWN, amount: 1999 }, "amount_mismatch"],
    ["of another amount, a third", LESS, { named: OWN, amount: 600 }, "amount_mismatch"],
    ["of another amount, the payment's without a name", LESS, { amount: 1999 }, "amount_mismatch"],
  ])("%s is other money, which a person sees", async (_, first, second, kind) => {
    const { harness, says } = await accepted(first);
    await says("succeeded", second, "2");
    expect(await harness.reviews()).toEqual([kind]);
  });

  it.each([SECOND, LESS])("the same success is no news: %j", async (money) => {
    const { harness, says } = await accepted(money);
    await says("succeeded", money, "2");
    expect(await harness.reviews()).toEqual([]);
  });

  it.each([SECOND, LESS])("the reversal of this money is all of it: %j", async (money) => {
    const { harness, says } = await accepted(money);
    await says("reversed", money, "2");
    expect(await harness.reviews()).toEqual(["reversed"]);
    expect((await readOrder(harness.store, "order-1")).state).toBe("refunded");
  });

  it("the reversal of the other money leaves the order paid", async () => {
    const { harness, says } = await accepted(SECOND);
    await says("reversed", { named: OWN, amount: 1999 }, "2");
    expect(await harness.reviews()).toEqual(["reference_mismatch"]);
    expect((await readOrder(harness.store, "order-1")).state).toBe("paid");
  });

  it("a person sees other money that was unmatched, and that a person gave to the payment", async () => {
    const { harness, id } = await accepted(LESS);
    const lost: ParsedCallback = {
      kind: "notification",
      about: { merchantReference: "of the shop's own" },
      reported: { status: "succeeded", amount: { value: 1999, currency: "PLN" } },
    };
    await harness.notify("cards", lost);
    await harness.clock.advance(3_600_000);
    await sweep(harness.context);
    const [review] = await harness.store.openReviews(10);
    await resolveReview(harness.context, review!.id, { action: "accept", paymentId: id });
    expect(await harness.reviews()).toEqual(["amount_mismatch"]);
  });
});
