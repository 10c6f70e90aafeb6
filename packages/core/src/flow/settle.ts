import type { Logger } from "../contract/runtime.ts";
import type { Decision, Orphan, PaymentStore, SettleQuery, Snapshot } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Fact, SideFact } from "../model/fact.ts";
import type { EventId, Ids, RefundId, ReviewId } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import type { Review } from "../model/review.ts";
import { type ApplyContext, applyFact, changesOf, NOTHING, startDraft, type Verdict } from "./apply.ts";

/** A fact about a payment, ready to be settled. */
export interface Settlement {
  readonly query: SettleQuery;
  /** Absent when only waiting orphans are to be adopted. */
  readonly fact?: Fact | SideFact;
  /** The provider's trait. */
  readonly failureIsFinal: boolean;
  /** When the payment's gateway is to be asked besides, in Unix milliseconds. */
  readonly askAt?: number;
  /** A notification that finds no payment is kept as this. */
  readonly orphan?: () => Orphan;
  /** Looked at again inside the transaction: the sweep found the payment some time ago. */
  readonly onlyIf?: (record: PaymentRecord) => boolean;
  /** Opened when the payment of this orphan is still missing. */
  readonly orphanReview?: { readonly orphan: Orphan; readonly review: Review };
}

/**
 * - `applied`: a new fact, recorded, whether or not it moved the state
 * - `duplicate`: known already
 * - `under_review`: recorded, and a person has to look because the state did not follow
 * - `asked`: recorded, and the gateway will be asked
 * - `unknown_payment`: kept as an orphan, where there was one to keep
 * - `orphans_full`: not kept, so it must come again
 */
export type Settled =
  | {
      readonly kind: Verdict;
      readonly record: PaymentRecord;
      readonly events: readonly PaymentEvent[];
    }
  | { readonly kind: "unknown_payment" | "orphans_full" };

export interface SettleDeps {
  readonly store: PaymentStore;
  readonly ids: Ids;
  readonly now: () => number;
  readonly logger: Logger;
  /** Called after a commit that left events to deliver. */
  readonly eventsCommitted: () => void;
  /** Called after a commit that left a gateway to be asked. */
  readonly asksCommitted: () => void;
}

/** Orphans kept per account. Beyond, the gateway is told to send again. */
export const ORPHAN_LIMIT = 10_000;

/** Settles one fact in one transaction. Resolves after the commit, rejects if there was none. Every change of a payment passes here. */
export function settle(deps: SettleDeps, settlement: Settlement): Promise<Settled> {
  const at = deps.now();
  return commit(deps, settlement.query, (ids, found) => decide(ids, at, settlement, found));
}

/** Has the store write what a rule decides, and reports what came of it. */
export async function commit<T>(
  deps: SettleDeps,
  query: SettleQuery,
  rule: (ids: Ids, found: Snapshot) => Decision<T>,
): Promise<T> {
  const ids = repeatable(deps.ids);
  let last: Decision<T> | undefined;
  const result = await deps.store.settle(query, (found) => {
    last = rule(ids(), found);
    return last;
  });
  for (const review of last?.changes.reviews ?? []) warnOfReview(deps.logger, review);
  const { askAt, events = [], redriven = [] } = last?.changes ?? {};
  if (events.length > 0 || redriven.length > 0) deps.eventsCommitted();
  if (askAt !== undefined) deps.asksCommitted();
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
export function decide(ids: Ids, at: number, settlement: Settlement, found: Snapshot): Decision<Settled> {
  const { fact, query } = settlement;
  if (found.record === undefined) return withoutPayment(settlement, found);
  const { record } = found;
  if (found.twin || settlement.onlyIf?.(record) === false) {
    return { changes: NOTHING, result: { kind: "duplicate", record, events: [] } };
  }
  const draft = startDraft(record);
  draft.askAt = settlement.askAt;
  const context: ApplyContext = { ids, at, failureIsFinal: settlement.failureIsFinal, found };
  const verdict = fact === undefined ? "applied" : applyFact(context, draft, fact);
  // Those with another ref wait for a settlement that asked who owns it.
  const adopted = found.orphans.filter(({ fact: { ref } }) => ref === undefined || ref === query.ref);
  // The same notification may have come under the ref alone before: it is heard once.
  const inbox = new Set(query.digest === undefined ? [] : [query.digest]);
  for (const waiting of adopted) {
    if (!inbox.has(waiting.digest)) applyFact(context, draft, waiting.fact);
    inbox.add(waiting.digest);
  }
  return {
    changes: { ...changesOf(draft), inbox: [...inbox], adopted },
    result: { kind: verdict, record: draft.record, events: draft.events },
  };
}

function withoutPayment({ orphan, orphanReview }: Settlement, found: Snapshot): Decision<Settled> {
  if (orphanReview !== undefined) {
    const changes = { ...NOTHING, reviews: [orphanReview.review], reviewed: [orphanReview.orphan] };
    return { changes, result: { kind: "unknown_payment" } };
  }
  if (orphan === undefined || found.twin) return { changes: NOTHING, result: { kind: "unknown_payment" } };
  if (found.orphanCount >= ORPHAN_LIMIT) return { changes: NOTHING, result: { kind: "orphans_full" } };
  return { changes: { ...NOTHING, orphan: orphan() }, result: { kind: "unknown_payment" } };
}
