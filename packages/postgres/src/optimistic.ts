import type { Decision, PaymentId, PaymentRecord, Snapshot, UpdateQuery } from "@pay/core/store";

/** The change to write at once if the payment is as expected, as `pay.update_all` reads it. */
export interface OptimisticUpdate {
  readonly state: string;
  readonly cause: string;
  readonly updated_at: number;
  readonly fact: object;
  readonly claims_order: boolean;
  readonly event: { readonly event_id: string; readonly type: string } | undefined;
  readonly amount: number | undefined;
  readonly currency: string | undefined;
}

/**
 * Calls the rule with the most likely find: a pending payment without this notification. The common callback then costs one
 * round trip. The rule looks at state, amount, provider reference and reversal of the payment only, and the statement
 * compares these. A decision with more than one history entry and one event is not written optimistically.
 */
export function optimisticUpdateOf<T>(
  query: UpdateQuery,
  decide: (found: Snapshot) => Decision<T>,
): OptimisticUpdate | undefined {
  if (query.expected === undefined || query.digest === undefined || query.adopt || query.openReviews) return undefined;
  const { changes } = decide(likelySnapshot(query));
  const { record, history, events, reviews, inbox, adopted, reviewed, resolved, redriven, unmatched } = changes;
  const [entry, ...furtherEntries] = history;
  const [event, ...furtherEvents] = events;
  const rest = [furtherEntries, furtherEvents, reviews, adopted, reviewed, resolved, redriven];
  if (record === undefined || entry === undefined || rest.some((list) => list.length > 0)) return undefined;
  if (unmatched !== undefined || inbox.length !== 1 || record.reversed) return undefined;
  if (changes.checkStatusAt !== undefined || (event && ("review" in event || event.late))) return undefined;
  return {
    state: record.payment.state,
    cause: record.cause,
    updated_at: record.payment.updatedAt,
    fact: entry.fact,
    claims_order: changes.claimsOrder,
    event: event && { event_id: event.id, type: event.type },
    amount: query.expected.amount?.value,
    currency: query.expected.amount?.currency,
  };
}

/** Only what the rule looks at; the other fields of a payment do not matter here. */
function likelySnapshot({ merchantAccount, paymentId, providerReference, expected }: UpdateQuery): Snapshot {
  const id = paymentId ?? ("pay_" as PaymentId);
  const payment = {
    id,
    state: "pending",
    amount: expected?.amount ?? { value: 0, currency: "" },
    merchantAccount,
    ...(providerReference !== undefined && { providerReference }),
  } as PaymentRecord["payment"];
  return {
    record: { payment, version: 1, cause: "create_accepted", reversed: false } as PaymentRecord,
    duplicate: false,
    orderPaidBy: undefined,
    providerReferenceOwner: providerReference === undefined ? undefined : id,
    unmatchedNotifications: [],
    unmatchedReviews: [],
    unmatchedCount: 0,
    review: undefined,
    openReviews: [],
  };
}
