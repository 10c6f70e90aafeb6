import type {
  DeliveryStatus,
  EventId,
  HistoryEntry,
  PaymentEvent,
  PaymentEventType,
  PaymentId,
  PaymentRecord,
  PaymentState,
  ProviderReference,
  Review,
  ReviewId,
  ReviewKind,
  UnmatchedNotification,
} from "@pay/core/store";

/** A row as `to_jsonb` gives it: bigints are numbers, and all of ours are safe integers. */
export type Row = Readonly<Record<string, unknown>>;

/** A payment as columns. */
export function paymentRow(record: PaymentRecord): Row {
  const { payment, checkout, returnUrl } = record;
  return {
    id: payment.id,
    order_id: payment.orderId,
    state: payment.state,
    amount: payment.amount.value,
    currency: payment.amount.currency,
    description: payment.description,
    providerName: payment.providerName,
    adapter: payment.adapter,
    merchantAccount: payment.merchantAccount,
    providerReference: payment.providerReference,
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
    expires_at: payment.expiresAt,
    version: record.version,
    cause: record.cause,
    reversed: record.reversed,
    next: record.next,
    refunds: record.refunds,
    return_success: returnUrl.success,
    return_failure: returnUrl.failure,
    key_id: record.keyId,
    buyer_digest: record.buyerDigest,
    checkout_key: checkout?.key,
    checkout_attempt: checkout?.attempt,
    checkout_digests: checkout?.digests,
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

export function historyEntry(row: Row): HistoryEntry {
  return {
    sequence: row.sequence as number,
    at: row.at as number,
    fact: row.fact as HistoryEntry["fact"],
    from: row.from_state as string,
    to: row.to_state as string,
    reviews: row.reviews as readonly string[],
  };
}

export function review(row: Row): Review {
  return {
    id: row.id as ReviewId,
    kind: row.kind as ReviewKind,
    ...(row.payment_id !== null && { paymentId: row.payment_id as PaymentId }),
    digest: row.digest as string,
    openedAt: row.opened_at as number,
    details: row.details as Readonly<Record<string, string>>,
    candidates: row.candidates as readonly PaymentId[],
    status: row.status as Review["status"],
    actions: row.actions as Review["actions"],
  };
}

export function unmatched(row: Row): UnmatchedNotification {
  return {
    merchantAccount: row.merchantAccount as string,
    subject: row.subject as string,
    digest: row.digest as string,
    fact: row.fact as UnmatchedNotification["fact"],
    receivedAt: row.received_at as number,
    ...(row.buyer_digest !== null && { buyerDigest: row.buyer_digest as string }),
  };
}

/** An event from its outbox row and its payment, of which only what never changes is taken. */
export function paymentEvent(row: Row, payment: Row): PaymentEvent {
  const { state, providerReference, updated_at, expires_at } = row;
  return {
    id: row.event_id as EventId,
    type: row.type as PaymentEventType,
    sequence: row.sequence as number,
    occurredAt: row.occurred_at as number,
    payment: paymentRecord({ ...payment, state, providerReference, updated_at, expires_at }).payment,
    late: row.late as boolean,
    ...(row.refund !== null && { refund: row.refund as NonNullable<PaymentEvent["refund"]> }),
  };
}

export function deliveryRow(row: Row): DeliveryStatus {
  return {
    eventId: row.event_id as EventId,
    type: row.type as PaymentEventType,
    handler: row.handler as string,
    status: row.status as DeliveryStatus["status"],
    attempts: row.attempts as number,
    ...(row.error !== null && { error: row.error as string }),
  };
}
