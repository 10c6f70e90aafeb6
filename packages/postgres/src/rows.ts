import {
  type HistoryEntry,
  type PayEvent,
  type Payment,
  type PaymentId,
  type PaymentRecord,
  type PaymentState,
  type ProviderReference,
  type Review,
  type ReviewId,
  type ReviewKind,
  streamOf,
  type UnmatchedNotification,
} from "@pay/core/store";

/** A row as `to_jsonb` gives it: bigints are numbers, and all of ours are safe integers. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement on any connection, and returns its rows. */
export type Sql = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** A new payment as columns. A column added here and in `paymentRecord` reaches the table without a change of a function. */
export function paymentRow(record: PaymentRecord): Row {
  const { payment, checkout, returnUrl } = record;
  return {
    ...changeableColumns(record),
    amount: payment.amount.value,
    currency: payment.amount.currency,
    description: payment.description,
    provider_name: payment.providerName,
    adapter: payment.adapter,
    merchant_account: payment.merchantAccount,
    created_at: payment.createdAt,
    return_success: returnUrl.success,
    return_failure: returnUrl.failure,
    key_id: record.keyId,
    buyer_digest: record.buyerDigest,
    checkout_key: checkout?.key,
    checkout_attempt: checkout?.attempt,
    checkout_digests: checkout?.digests,
  };
}

/** The keys of the payment, and the columns that may change. `pay.write_changes` names the latter. */
export function changeableColumns(record: PaymentRecord): Row {
  const { payment } = record;
  return {
    id: payment.id,
    order_id: payment.orderId,
    state: payment.state,
    provider_reference: payment.providerReference,
    updated_at: payment.updatedAt,
    expires_at: payment.expiresAt,
    version: record.version,
    cause: record.cause,
    reversed: record.reversed,
    superseded: payment.superseded,
    next: record.next,
    refunds: record.refunds,
  };
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
      ...(row.superseded !== null && { superseded: row.superseded as NonNullable<Payment["superseded"]> }),
    },
    version: row.version as number,
    cause: row.cause as string,
    reversed: row.reversed as boolean,
    ...(row.next !== null && { next: row.next as NonNullable<PaymentRecord["next"]> }),
    ...(row.refunds !== null && { refunds: row.refunds as NonNullable<PaymentRecord["refunds"]> }),
    returnUrl: { success: row.return_success as string, failure: row.return_failure as string },
    keyId: row.key_id as string,
    ...(row.buyer_digest !== null && { buyerDigest: row.buyer_digest as string }),
    ...(row.checkout_key !== null && {
      checkout: {
        key: row.checkout_key as string,
        attempt: row.checkout_attempt as number,
        digests: row.checkout_digests as Readonly<Record<string, string>>,
      },
    }),
  };
}

export function historyRow(paymentId: PaymentId, { sequence, at, fact, from, to, reviews }: HistoryEntry): Row {
  return { payment_id: paymentId, sequence, at, fact, from_state: from, to_state: to, reviews };
}

export function historyEntry(row: Row): HistoryEntry {
  return {
    sequence: row.sequence as number,
    at: row.at as number,
    fact: row.fact as HistoryEntry["fact"],
    from: row.from_state as PaymentState,
    to: row.to_state as PaymentState,
    reviews: row.reviews as readonly string[],
  };
}

export function reviewRow(review: Review): Row {
  const { id, kind, paymentId, digest, openedAt, details, candidates, status, actions } = review;
  return { id, kind, payment_id: paymentId, digest, opened_at: openedAt, details, candidates, status, actions };
}

export function review(row: Row): Review {
  return {
    id: row.id as ReviewId,
    kind: row.kind as ReviewKind,
    ...(row.payment_id !== null && { paymentId: row.payment_id as PaymentId }),
    digest: row.digest as string,
    openedAt: row.opened_at as number,
    details: row.details,
    candidates: row.candidates as readonly PaymentId[],
    status: row.status as Review["status"],
    actions: row.actions as Review["actions"],
  } as Review;
}

export function unmatchedRow(unmatched: UnmatchedNotification): Row {
  const { merchantAccount, subject, digest, fact, receivedAt, buyerDigest } = unmatched;
  return {
    merchant_account: merchantAccount,
    subject,
    digest,
    fact,
    received_at: receivedAt,
    buyer_digest: buyerDigest,
  };
}

export function unmatched(row: Row): UnmatchedNotification {
  return {
    merchantAccount: row.merchant_account as string,
    subject: row.subject as string,
    digest: row.digest as string,
    fact: row.fact as UnmatchedNotification["fact"],
    receivedAt: row.received_at as number,
    ...(row.buyer_digest !== null && { buyerDigest: row.buyer_digest as string }),
  };
}

/** An event with its review, or with the changeable columns of its payment as they are now. */
export function eventRow(event: PayEvent): Row {
  const { id, type, sequence, occurredAt } = event;
  const common = { stream: streamOf(event), sequence, event_id: id, type, occurred_at: occurredAt };
  if ("review" in event) return { ...common, review: event.review };
  const { late, payment, refund } = event;
  return {
    ...common,
    late,
    state: payment.state,
    provider_reference: payment.providerReference,
    updated_at: payment.updatedAt,
    expires_at: payment.expiresAt,
    superseded: payment.superseded,
    refund,
  };
}
