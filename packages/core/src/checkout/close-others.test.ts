import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness, type Harness } from "../../test/harness.ts";
import type { CancelOutcome } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { readOrder } from "../orders/read-order.ts";
import { recordByPerson } from "../payments/record.ts";
import { resolveReview } from "../reviews/resolve.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";

const DEAR = { value: 4999, currency: "PLN" };
const REFUSED: CancelOutcome = { kind: "rejected", code: "declined", retryable: false };

/** A shop with a gateway that cancels as the test wants, and one that cannot cancel. */
function shop(answer: () => CancelOutcome | Promise<CancelOutcome> = () => ({ kind: "canceled" })) {
  const asked: PaymentId[] = [];
  const cancel = async ({ paymentId }: { readonly paymentId: PaymentId }) => {
    asked.push(paymentId);
    return answer();
  };
  const cards = fakeProvider({ can: { cancel } });
  const harness = createHarness({ providers: { cards, without: fakeProvider({ merchantAccount: "fake:2" }) } });
  return { asked, cards, harness };
}

const tell = (harness: Harness, paymentId: PaymentId, status: "succeeded" | "failed", providerName = "cards") =>
  harness.notify(providerName, { kind: "notification", about: { paymentId }, reported: { status } });

const statesOf = async (harness: Harness, ids: readonly PaymentId[]) =>
  Promise.all(ids.map(async (id) => (await harness.record(id)).payment.state));

describe("the other open payments of an order that was paid", () => {
  it("are canceled where the gateway can, after the payment's callback was answered, and recorded", async () => {
    const held = Promise.withResolvers<CancelOutcome>();
    const { asked, harness } = shop(() => held.promise);
    const paid = await harness.checkout({ providerName: "without" });
    const [other, elsewhere] = [await harness.checkout(), await harness.checkout({ orderId: "order-2" })];
    const failed = await harness.checkout();
    await tell(harness, failed.id, "failed");
    expect(await tell(harness, paid.id, "succeeded", "without")).toMatchObject({ status: 200 });
    await until(() => asked.length > 0);
    expect(asked).toEqual([other.id]);
    held.resolve({ kind: "canceled" });
    await idle();
    const all = [paid.id, other.id, elsewhere.id, failed.id];
    expect(await statesOf(harness, all)).toEqual(["succeeded", "canceled", "pending", "failed"]);
    expect((await harness.facts(other.id)).at(-1)).toBe("cancel");
    expect((await readOrder(harness.store, "order-1")).state).toBe("paid");
  });

  it("are canceled also where a person recorded the success", async () => {
    const { asked, harness } = shop();
    const { id } = await harness.checkout({ providerName: "without" });
    const other = await harness.checkout();
    await recordByPerson(harness.context, id, { as: "succeeded", by: "ann" });
    await until(() => asked.length > 0);
    await idle();
    expect(await statesOf(harness, [other.id])).toEqual(["canceled"]);
  });

  it("are canceled also where a person accepted that a superseded payment pays it", async () => {
    const { asked, harness } = shop();
    const { id } = await harness.checkout({ providerName: "without" });
    const dear = await harness.checkout({ amount: DEAR });
    await tell(harness, id, "succeeded", "without");
    await idle();
    expect(asked).toEqual([]);
    const [review] = await harness.store.openReviews(1);
    await resolveReview(harness.context, review!.id, { action: "accept" });
    await until(() => asked.length > 0);
    await idle();
    expect(await statesOf(harness, [dear.id])).toEqual(["canceled"]);
  });

  it("are not touched where the success does not pay the order", async () => {
    const { asked, harness } = shop(() => REFUSED);
    const first = await harness.checkout();
    await harness.checkout({ amount: DEAR });
    asked.length = 0;
    await tell(harness, first.id, "succeeded");
    await idle();
    expect(asked).toEqual([]);
  });

  it.each<[string, () => CancelOutcome | Promise<CancelOutcome>]>([
    ["refuses", () => REFUSED],
    ["is not reached", () => ({ kind: "not_sent", cause: new Error("ECONNREFUSED") })],
    ["may have canceled it", () => ({ kind: "unknown", cause: new Error("ECONNRESET") })],
    ["has an adapter that fails", () => Promise.reject(new Error("a bug"))],
  ])("stay open where the gateway %s, and the order is paid all the same", async (_, answer) => {
    const { harness } = shop(answer);
    const [paid, other] = [await harness.checkout(), await harness.checkout()];
    await tell(harness, paid.id, "succeeded");
    await idle();
    expect(await statesOf(harness, [paid.id, other.id])).toEqual(["succeeded", "pending"]);
    expect(harness.logger.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("An open payment of a paid order could not be canceled"),
    );
  });

  it.each(["before", "after"] as const)(
    "are told as paid again, with a review, where the buyer pays one of them %s it is canceled",
    async (when) => {
      const held = Promise.withResolvers<CancelOutcome>();
      const { asked, harness } = shop(() => held.promise);
      const [paid, other] = [await harness.checkout(), await harness.checkout()];
      await tell(harness, paid.id, "succeeded");
      await until(() => asked.length === 1);
      if (when === "before") await tell(harness, other.id, "succeeded");
      held.resolve({ kind: "canceled" });
      await idle();
      if (when === "after") await tell(harness, other.id, "succeeded");
      expect(await statesOf(harness, [paid.id, other.id])).toEqual(["succeeded", "succeeded"]);
      expect(await harness.reviews()).toEqual(["double_payment"]);
    },
  );

  it("are canceled also where the gateway was still taking one, and its checkout is refused", async () => {
    let isKnown = false;
    const { asked, cards, harness } = shop(() => (isKnown ? { kind: "canceled" } : REFUSED));
    const paid = await harness.checkout();
    const accept = cards.onCreate;
    cards.onCreate = async (request, call) => {
      await tell(harness, paid.id, "succeeded");
      await idle();
      isKnown = true;
      return accept(request, call);
    };
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: paid.id });
    expect(asked).toHaveLength(2);
    expect(await statesOf(harness, [asked[1]!])).toEqual(["canceled"]);
  });

  it("are not read where no gateway can cancel", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout();
    let reads = 0;
    const { order } = harness.store;
    const store = {
      ...harness.store,
      order: (orderId: string) => {
        reads += 1;
        return order(orderId);
      },
    };
    Object.assign(harness.context, { store });
    await tell(harness, id, "succeeded");
    await idle();
    expect(reads).toBe(0);
  });
});
