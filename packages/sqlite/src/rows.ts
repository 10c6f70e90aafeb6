import type {
  HistoryEntry,
  PaymentId,
  PaymentRecord,
  PaymentState,
  ProviderReference,
  Review,
  ReviewId,
  ReviewKind,
  UnmatchedNotification,
} from "@pay/core/store";

/** A row as node:sqlite gives it. */
export type Row = Record<string, string | number | null>;

/** Columns of `payment` in the order of `paymentValues`. */
export const PAYMENT_COLUMNS: readonly string[] = [
  ...[
    "id",
    "order_id",
    "state",
    "amount",
    "currency",
    "description",
    "provider",
    "adapter",
    "merchantAccount",
    "providerReference",
  ],
  ...["created_at", "updated_at", "expires_at", "version", "cause", "reversed", "next", "refunds", "return_success"],
  ...["return_failure", "key_id", "buyer_digest", "checkout_key", "checkout_attempt", "checkout_digests"],
];

export function paymentValues(record: PaymentRecord): (string | number | null)[] {
  const { payment, checkout } = record;
  return [
    payment.id,
    payment.orderId,
    payment.state,
    payment.amount.value,
    payment.amount.currency,
    payment.description,
    payment.providerName,
    payment.adapter,
    payment.merchantAccount,
    payment.providerReference ?? null,
    payment.createdAt,
    payment.updatedAt,
    payment.expiresAt,
    record.version,
    record.cause,
    Number(record.reversed),
    jsonOrNull(record.next),
    jsonOrNull(record.refunds),
    record.returnUrl.success,
    record.returnUrl.failure,
    record.keyId,
    record.buyerDigest ?? null,
    checkout?.key ?? null,
    checkout?.attempt ?? null,
    jsonOrNull(checkout?.digests),
  ];
}

export function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export function paymentRecord(row: Row): PaymentRecord {
  return {
    payment: {
      id: row.id as PaymentId,
      orderId: row.order_id as string,
      state: row.state as PaymentState,
      amount: { value: row.amount as number, currency: row.currency as string },
      description: row.description as string,
      providerName: row.provider as string,
      adapter: row.adapter as string,
      merchantAccount: row.merchantAccount as string,
      ...(row.providerReference !== null && { providerReference: row.providerReference as ProviderReference }),
      createdAt: row.created_at as number,
      updatedAt: row.updated_at as number,
      expiresAt: row.expires_at as number,
    },
    version: row.version as number,
    cause: row.cause as string,
    reversed: row.reversed === 1,
    ...(row.next !== null && { next: JSON.parse(row.next as string) }),
    ...(row.refunds !== null && { refunds: JSON.parse(row.refunds as string) }),
    returnUrl: { success: row.return_success as string, failure: row.return_failure as string },
    keyId: row.key_id as string,
    ...(row.buyer_digest !== null && { buyerDigest: row.buyer_digest as string }),
    ...(row.checkout_key !== null && {
      checkout: {
        key: row.checkout_key as string,
        attempt: row.checkout_attempt as number,
        digests: JSON.parse(row.checkout_digests as string),
      },
    }),
  };
}

export function historyEntry(row: Row): HistoryEntry {
  return {
    sequence: row.sequence as number,
    at: row.at as number,
    fact: JSON.parse(row.fact as string),
    from: row.from_state as string,
    to: row.to_state as string,
    reviews: JSON.parse(row.reviews as string),
  };
}

export function review(row: Row): Review {
  return {
    id: row.id as ReviewId,
    kind: row.kind as ReviewKind,
    ...(row.payment_id !== null && { paymentId: row.payment_id as PaymentId }),
    digest: row.digest as string,
    openedAt: row.opened_at as number,
    details: JSON.parse(row.details as string),
    candidates: JSON.parse(row.candidates as string),
    status: row.status as Review["status"],
    actions: JSON.parse(row.actions as string),
  };
}

export function unmatched(row: Row): UnmatchedNotification {
  return {
    merchantAccount: row.merchantAccount as string,
    subject: row.subject as string,
    digest: row.digest as string,
    fact: JSON.parse(row.fact as string),
    receivedAt: row.received_at as number,
    ...(row.buyer_digest !== null && { buyerDigest: row.buyer_digest as string }),
  };
}
