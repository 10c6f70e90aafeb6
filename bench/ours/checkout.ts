import { createPay, memoryStore } from "@pay/core";
import type { PaymentRecord, PaymentStore, Snapshot } from "@pay/core/store";
import { sellly } from "@pay/sellly";
import { inTurns } from "../harness/in-turns.ts";
import { SECRET, SELLLY } from "../seed/records.ts";

/** The whole `checkout()`, on a store that keeps a payment only while its checkout runs. */
export default async function serve({ gateway }: { gateway: string }) {
  const pay = createPay({
    providers: { cards: sellly({ ...SELLLY, baseUrl: gateway }) },
    store: withoutStore(),
    baseUrl: "https://shop.example/pay",
    secret: SECRET,
  });
  pay.on("payment.succeeded", "deliver", () => {});
  await pay.start();
  const checkout = (n: number) =>
    pay.checkout({
      providerName: "cards",
      orderId: `order-${n}`,
      amount: { value: 1999, currency: "PLN" },
      description: "VIP for 30 days",
      returnUrl: "https://shop.example/thanks",
      buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
    });
  return { run: (count: number) => inTurns(count, checkout), close: () => pay.close() };
}

function withoutStore(): PaymentStore {
  const open = new Map<string, PaymentRecord>();
  return {
    ...memoryStore(),
    async insert({ record }) {
      open.set(record.payment.id, record);
      return { kind: "opened" };
    },
    async update(query, decide) {
      const record = open.get(query.paymentId!);
      open.delete(query.paymentId!);
      return decide({ ...NOTHING_FOUND, record }).result;
    },
  };
}

const NOTHING_FOUND: Snapshot = {
  record: undefined,
  duplicate: false,
  orderPaidBy: undefined,
  providerReferenceOwner: undefined,
  unmatchedNotifications: [],
  unmatchedReviews: [],
  unmatchedCount: 0,
  review: undefined,
  openReviews: [],
};
