import type { Decision, PaymentId, PaymentRecord, Snapshot, UpdateQuery } from "@pay/core/store";

/** What is written at once if the payment is as it mostly is when a gateway calls back: pending, and heard of first now. */
export interface OptimisticUpdate {
  readonly state: string;
  readonly cause: string;
  readonly at: number;
  readonly fact: object;
  readonly claimsOrder: boolean;
  readonly event?: { readonly id: string; readonly type: string };
  readonly amount?: number;
  readonly currency?: string;
}

/**
 * Asks the rule what it would decide of a pending payment that nothing was heard of yet, so that the common callback costs
 * one round trip. Only state, amount, ref and reversal of a payment matter to the rule; the statement compares them. What
 * needs more than one line of history and one event is not guessed.
 */
export function optimisticUpdateOf<T>(
  asked: UpdateQuery,
  decide: (found: Snapshot) => Decision<T>,
): OptimisticUpdate | undefined {
  if (asked.expected === undefined || asked.digest === undefined || asked.adopt) return undefined;
  const { changes } = decide(likely(asked));
  const { record, history, events, reviews, inbox, adopted, reviewed, redriven, unmatched, resolved } = changes;
  const [entry, ...furtherEntries] = history;
  const [event, ...furtherEvents] = events;
  const rest = [furtherEntries, furtherEvents, reviews, adopted, reviewed, redriven];
  if (record === undefined || entry === undefined || rest.some((list) => list.length > 0)) return undefined;
  if (unmatched !== undefined || resolved !== undefined || inbox.length !== 1 || event?.late) return undefined;
  if (record.reversed) return undefined;
  const { state, updatedAt } = record.payment;
  return {
    state,
    cause: record.cause,
    at: updatedAt,
    fact: entry.fact,
    claimsOrder: changes.claimsOrder,
    ...(event !== undefined && { event: { id: event.id, type: event.type } }),
    ...asked.expected.amount,
  };
}

function likely({ merchantAccount, paymentId, providerReference, expected }: UpdateQuery): Snapshot {
  const id = paymentId ?? ("pay_" as PaymentId);
  const record: PaymentRecord = {
    payment: {
      id,
      orderId: "",
      state: "pending",
      amount: expected?.amount ?? { value: 0, currency: "" },
      description: "",
      providerName: "",
      adapter: "",
      merchantAccount,
      ...(providerReference !== undefined && { providerReference }),
      createdAt: 0,
      updatedAt: 0,
      expiresAt: 0,
    },
    version: 1,
    cause: "create_accepted",
    reversed: false,
    returnUrl: { success: "", failure: "" },
    keyId: "",
  };
  return {
    record,
    duplicate: false,
    orderPaidBy: undefined,
    providerReferenceOwner: providerReference === undefined ? undefined : id,
    unmatchedNotifications: [],
    unmatchedCount: 0,
    review: undefined,
  };
}
