import { openInOrder } from "@pay/core/internal";
import type { HistoryEntry, InsertRequest, Payment, PaymentId, PaymentRecord } from "@pay/core/store";

/** A new payment of 19.99 PLN, as `checkout` opens it, with these fields replaced. */
export function newRecord(payment: Partial<Payment> & { readonly id: PaymentId }): PaymentRecord {
  return {
    payment: {
      orderId: "order-1",
      state: "created",
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      providerName: "cards",
      adapter: "fake",
      merchantAccount: "fake:1",
      createdAt: 1000,
      updatedAt: 1000,
      expiresAt: 2000,
      ...payment,
    },
    version: 1,
    cause: "opened",
    reversed: false,
    returnUrl: { success: "https://shop.example/paid", failure: "https://shop.example/not-paid" },
    keyId: "00000000",
  };
}

export function openingEntry({ payment }: PaymentRecord): HistoryEntry {
  return { sequence: 1, at: payment.createdAt, fact: { kind: "opened" }, from: "created", to: "created", reviews: [] };
}

/** Saves a payment by the rule of `checkout`. */
export function insertRequestOf(record: PaymentRecord): InsertRequest {
  return { record, entry: openingEntry(record), decide: (order) => openInOrder(record, {}, order) };
}
