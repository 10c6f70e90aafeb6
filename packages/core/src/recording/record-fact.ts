import type { Logger } from "../contract/runtime.ts";
import type { Decision, PaymentStore, Snapshot, UnmatchedNotification, UpdateQuery } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Fact, SideFact } from "../model/fact.ts";
import type { EventId, Ids, RefundId, ReviewId } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import type { Review } from "../model/review.ts";
import { type ApplyContext, applyFact, changesOf, NOTHING, startChanges, type Verdict } from "./apply.ts";

/** A fact about a payment, ready to be settled. */
export interface FactToRecord {
  readonly query: UpdateQuery;
  /** Absent when only waiting orphans are to be adopted. */
  readonly fact?: Fact | SideFact;
  /** The provider's trait. */
  readonly failureIsFinal: boolean;
  /** When the payment's gateway is to be asked besides, in Unix milliseconds. */
  readonly checkStatusAt?: number;
  /** A notification that finds no payment is kept as this. */
  readonly unmatched?: () => UnmatchedNotification;
  /** Looked at again inside the transaction: the sweep found the payment some time ago. */
  readonly onlyIf?: (record: PaymentRecord) => boolean;
  /** Opened when the payment of this orphan is still missing. */
  readonly unmatchedReview?: { readonly unmatched: UnmatchedNotification; readonly review: Review };
}

/**
 * - `applied`: a new fact, recorded, whether or not it moved the state
 * - `duplicate`: known already
 * - `under_review`: recorded, and a person has to look because the state did not follow
 * - `asked`: recorded, and the gateway will be asked
 * - `unknown_payment`: kept as an orphan, where there was one to keep
 * - `orphans_full`: not kept, so it must come again
 */
export type Recorded =
  | {
      readonly kind: Verdict;
      readonly record: PaymentRecord;
      readonly events: readonly PaymentEvent[];
    }
  | { readonly kind: "unknown_payment" | "unmatched_full" };

export interface RecordDeps {
  readonly store: PaymentStore;
  readonly ids: Ids;
  readonly now: () => number;
  readonly logger: Logger;
  /** Called after a commit that left events to deliver. */
  readonly eventsCommitted: () => void;
  /** Called after a commit that left a gateway to be asked. */
  readonly statusChecksCommitted: () => void;
}

/** Orphans kept per account. Beyond, the gateway is told to send again. */
export const UNMATCHED_LIMIT = 10_000;

/** Settles one fact in one transaction. Resolves after the commit, rejects if there was none. Every change of a payment passes here. */
export function recordFact(deps: RecordDeps, toRecord: FactToRecord): Promise<Recorded> {
  const at = deps.now();
  return commit(deps, toRecord.query, (ids, found) => decide(ids, at, toRecord, found));
}

/** Has the store write what a rule decides, and reports what came of it. */
export async function commit<T>(
  deps: RecordDeps,
  query: UpdateQuery,
  rule: (ids: Ids, found: Snapshot) => Decision<T>,
): Promise<T> {
  const ids = repeatable(deps.ids);
  let last: Decision<T> | undefined;
  const result = await deps.store.update(query, (found) => {
    last = rule(ids(), found);
    return last;
  });
  for (const review of last?.changes.reviews ?? []) warnOfReview(deps.logger, review);
  const { checkStatusAt, events = [], redriven = [] } = last?.changes ?? {};
  if (events.length > 0 || redriven.length > 0) deps.eventsCommitted();
  if (checkStatusAt !== undefined) deps.statusChecksCommitted();
  return result;
}

/** Tells the operator of a review as it is opened. */
export function warnOfReview(logger: Logger, { id, kind, paymentId }: Review): void {
  logger.warn("A person should look at a payment.", { review: kind, reviewId: id, paymentId });
}

/** Gives the same ids each time the rule is asked, so that what a store wrote on a guess is what the last call says. */
function repeatable(ids: Ids): () => Ids {
  const events: EventId[] = [];
  const reviews: ReviewId[] = [];
  const refunds: RefundId[] = [];
  return () => {
    let event = 0;
    let review = 0;
    let refund = 0;
    return {
      payment: ids.payment,
      refund: () => (refunds[refund++] ??= ids.refund()),
      event: () => (events[event++] ??= ids.event()),
      review: () => (reviews[review++] ??= ids.review()),
    };
  };
}

/** The rule: what was found and what is said make what is written. Pure but for the ids. */
export function decide(ids: Ids, at: number, toRecord: FactToRecord, found: Snapshot): Decision<Recorded> {
  const { fact, query } = toRecord;
  if (found.record === undefined) return withoutPayment(toRecord, found);
  const { record } = found;
  if (found.duplicate || toRecord.onlyIf?.(record) === false) {
    return { changes: NOTHING, result: { kind: "duplicate", record, events: [] } };
  }
  const pending = startChanges(record);
  pending.checkStatusAt = toRecord.checkStatusAt;
  const context: ApplyContext = { ids, at, failureIsFinal: toRecord.failureIsFinal, found };
  const verdict = fact === undefined ? "applied" : applyFact(context, pending, fact);
  // Those with another ref wait for a settlement that asked who owns it.
  const adopted = found.unmatchedNotifications.filter(
    ({ fact: { providerReference } }) =>
      providerReference === undefined || providerReference === query.providerReference,
  );
  // The same notification may have come under the ref alone before: it is heard once.
  const inbox = new Set(query.digest === undefined ? [] : [query.digest]);
  for (const waiting of adopted) {
    if (!inbox.has(waiting.digest)) applyFact(context, pending, waiting.fact);
    inbox.add(waiting.digest);
  }
  return {
    changes: { ...changesOf(pending), inbox: [...inbox], adopted },
    result: { kind: verdict, record: pending.record, events: pending.events },
  };
}

function withoutPayment({ unmatched, unmatchedReview }: FactToRecord, found: Snapshot): Decision<Recorded> {
  if (unmatchedReview !== undefined) {
    const changes = { ...NOTHING, reviews: [unmatchedReview.review], reviewed: [unmatchedReview.unmatched] };
    return { changes, result: { kind: "unknown_payment" } };
  }
  if (unmatched === undefined || found.duplicate) return { changes: NOTHING, result: { kind: "unknown_payment" } };
  if (found.unmatchedCount >= UNMATCHED_LIMIT) return { changes: NOTHING, result: { kind: "unmatched_full" } };
  return { changes: { ...NOTHING, unmatched: unmatched() }, result: { kind: "unknown_payment" } };
}
