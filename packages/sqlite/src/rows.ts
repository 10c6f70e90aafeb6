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

type Value = string | number | null;
/** A row as node:sqlite returns it. */
export type Row = Record<string, Value>;

/** Columns of `payment` that may change after the payment was opened. A new one also enters `isOnlyState` of `update.ts`. */
const CHANGEABLE: Readonly<Record<string, (record: PaymentRecord) => Value>> = {
  state: ({ payment }) => payment.state,
  provider_reference: ({ payment }) => payment.providerReference ?? null,
  updated_at: ({ payment }) => payment.updatedAt,
  expires_at: ({ payment }) => payment.expiresAt,
  superseded: ({ payment }) => jsonOrNull(payment.superseded),
  version: ({ version }) => version,
  cause: ({ cause }) => cause,
  reversed: ({ reversed }) => Number(reversed),
  next: ({ next }) => jsonOrNull(next),
  refunds: ({ refunds }) => jsonOrNull(refunds),
};

/** The other columns. A new one needs a line here, a line in `paymentRecord`, and the column in the table. */
const FIXED: Readonly<Record<string, (record: PaymentRecord) => Value>> = {
  id: ({ payment }) => payment.id,
  order_id: ({ payment }) => payment.orderId,
  amount: ({ payment }) => payment.amount.value,
  currency: ({ payment }) => payment.amount.currency,
  description: ({ payment }) => payment.description,
  provider_name: ({ payment }) => payment.providerName,
  adapter: ({ payment }) => payment.adapter,
  merchant_account: ({ payment }) => payment.merchantAccount,
  created_at: ({ payment }) => payment.createdAt,
  return_success: ({ returnUrl }) => returnUrl.success,
  return_failure: ({ returnUrl }) => returnUrl.failure,
  key_id: ({ keyId }) => keyId,
  buyer_digest: ({ buyerDigest }) => buyerDigest ?? null,
  checkout_key: ({ checkout }) => checkout?.key ?? null,
  checkout_attempt: ({ checkout }) => checkout?.attempt ?? null,
  checkout_digests: ({ checkout }) => jsonOrNull(checkout?.digests),
};

const names = [...Object.keys(FIXED), ...Object.keys(CHANGEABLE)];

/** Takes the values of `paymentValues`. */
export const INSERT_PAYMENT: string = `INSERT INTO payment (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
/** Takes the values of `changeableValues`, then the id. */
export const UPDATE_PAYMENT: string = `UPDATE payment SET ${Object.keys(CHANGEABLE)
  .map((column) => `${column} = ?`)
  .join(", ")} WHERE id = ?`;
export function paymentValues(record: PaymentRecord): readonly Value[] {
  return [...Object.values(FIXED).map((value) => value(record)), ...changeableValues(record)];
}

export function changeableValues(record: PaymentRecord): readonly Value[] {
  return Object.values(CHANGEABLE).map((value) => value(record));
}

function jsonOrNull(value: unknown): Value {
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
      providerName: row.provider_name as string,
      adapter: row.adapter as string,
      merchantAccount: row.merchant_account as string,
      ...(row.provider_reference !== null && { providerReference: row.provider_reference as ProviderReference }),
      createdAt: row.created_at as number,
      updatedAt: row.updated_at as number,
      expiresAt: row.expires_at as number,
      ...(row.superseded !== null && { superseded: JSON.parse(row.superseded as string) }),
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
    from: row.from_state as PaymentState,
    to: row.to_state as PaymentState,
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
    merchantAccount: row.merchant_account as string,
    subject: row.subject as string,
    digest: row.digest as string,
    fact: JSON.parse(row.fact as string),
    receivedAt: row.received_at as number,
    ...(row.buyer_digest !== null && { buyerDigest: row.buyer_digest as string }),
  };
}
