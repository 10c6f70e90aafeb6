import type { Logger } from "../contract/runtime.ts";
import type { Changes, Decision, Orphan, PaymentStore, SettleQuery, Snapshot } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Fact, HistoryEntry } from "../model/fact.ts";
import type { Ids } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import type { Review, ReviewKind } from "../model/review.ts";
import { transition } from "../model/transition.ts";
import { digestOf } from "./digest.ts";

/** A fact about a payment, ready to be settled. */
export interface Settlement {
  readonly query: SettleQuery;
  /** Absent when only waiting orphans are to be adopted. */
  readonly fact?: Fact;
  /** The provider's trait. */
  readonly failureIsFinal: boolean;
  /** A notification that finds no payment is kept as this. */
  readonly orphan?: Orphan;
  /** Looked at again inside the transaction: the sweep found the payment some time ago. */
  readonly onlyIf?: (record: PaymentRecord) => boolean;
  /** Opened when the payment of this orphan is still missing. */
  readonly orphanReview?: { readonly orphan: Orphan; readonly review: Review };
}

/**
 * - `applied`: a new fact, recorded, whether or not it moved the state
 * - `duplicate`: known already
 * - `under_review`: recorded, and a person has to look because the state did not follow
 * - `unknown_payment`: kept as an orphan, where there was one to keep
 * - `orphans_full`: not kept, so it must come again
 */
export type Settled =
  | {
      readonly kind: "applied" | "duplicate" | "under_review";
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
}

/** Orphans kept per account. Beyond, the gateway is told to send again. */
export const ORPHAN_LIMIT = 10_000;

/** Settles one fact in one transaction. Resolves after the commit, rejects if there was none. Every change of a payment passes here. */
export async function settle(deps: SettleDeps, settlement: Settlement): Promise<Settled> {
  const at = deps.now();
  let reviews: readonly Review[] = [];
  const settled = await deps.store.settle(settlement.query, (found) => {
    const decision = decide(deps.ids, at, settlement, found);
    reviews = decision.changes.reviews;
    return decision;
  });
  for (const { kind, paymentId } of reviews) {
    deps.logger.warn("A person should look at a payment.", { review: kind, paymentId });
  }
  if ("events" in settled && settled.events.length > 0) deps.eventsCommitted();
  return settled;
}

const NOTHING: Changes = {
  history: [],
  reviews: [],
  events: [],
  inbox: [],
  claimsOrder: false,
  adopted: [],
  reviewed: [],
};

/** The rule: what was found and what is said make what is written. Pure but for the ids. */
export function decide(ids: Ids, at: number, settlement: Settlement, found: Snapshot): Decision<Settled> {
  const { fact, query } = settlement;
  if (found.record === undefined) return withoutPayment(settlement, found);
  const { record } = found;
  if (found.twin || settlement.onlyIf?.(record) === false) {
    return { changes: NOTHING, result: { kind: "duplicate", record, events: [] } };
  }
  const draft: Draft = { record, history: [], reviews: [], events: [], claimsOrder: false };
  const apply = (next: Fact) => applyFact(ids, at, settlement.failureIsFinal, found, draft, next);
  const verdict = fact === undefined ? "applied" : apply(fact);
  // Those with another ref wait for a settlement that asked who owns it.
  const adopted = found.orphans.filter(({ fact: { ref } }) => ref === undefined || ref === query.ref);
  // The same notification may have come under the ref alone before: it is heard once.
  const inbox = new Set(query.digest === undefined ? [] : [query.digest]);
  for (const waiting of adopted) {
    if (!inbox.has(waiting.digest)) apply(waiting.fact);
    inbox.add(waiting.digest);
  }
  const { events, history, reviews, claimsOrder } = draft;
  return {
    changes: { ...NOTHING, record: draft.record, history, reviews, events, claimsOrder, inbox: [...inbox], adopted },
    result: { kind: verdict, record: draft.record, events },
  };
}

function withoutPayment({ orphan, orphanReview }: Settlement, found: Snapshot): Decision<Settled> {
  if (orphanReview !== undefined) {
    const changes = { ...NOTHING, reviews: [orphanReview.review], reviewed: [orphanReview.orphan] };
    return { changes, result: { kind: "unknown_payment" } };
  }
  if (orphan === undefined || found.twin) return { changes: NOTHING, result: { kind: "unknown_payment" } };
  if (found.orphanCount >= ORPHAN_LIMIT) return { changes: NOTHING, result: { kind: "orphans_full" } };
  return { changes: { ...NOTHING, orphan }, result: { kind: "unknown_payment" } };
}

interface Draft {
  record: PaymentRecord;
  claimsOrder: boolean;
  readonly history: HistoryEntry[];
  readonly reviews: Review[];
  readonly events: PaymentEvent[];
}

function applyFact(
  ids: Ids,
  at: number,
  failureIsFinal: boolean,
  found: Snapshot,
  draft: Draft,
  fact: Fact,
): "applied" | "duplicate" | "under_review" {
  const before = draft.record;
  const { id } = before.payment;
  const moved = transition(before, fact, {
    failureIsFinal,
    orderPaidByAnother: found.orderPaidBy !== undefined && found.orderPaidBy !== id,
    refTaken: found.refOwner !== undefined && found.refOwner !== id,
  });
  const changed = moved.state !== before.payment.state;
  const sequence = before.version + 1;
  const payment: Payment = {
    ...before.payment,
    state: moved.state,
    ...(moved.ref !== undefined && { ref: moved.ref }),
    ...(fact.kind === "create_accepted" && fact.expiresAt !== undefined && { expiresAt: fact.expiresAt }),
    updatedAt: at,
  };
  draft.record = {
    ...before,
    payment,
    version: sequence,
    cause: changed ? fact.kind : before.cause,
    reversed: before.reversed || fact.kind === "reversed",
    ...(fact.kind === "create_accepted" && { next: fact.next }),
  };
  draft.history.push({ sequence, at, fact, from: before.payment.state, to: moved.state, reviews: moved.reviews });
  for (const kind of moved.reviews) draft.reviews.push(reviewOf(ids, at, kind, payment, fact));
  if (moved.event !== undefined) {
    draft.events.push({ id: ids.event(), type: moved.event, sequence, occurredAt: at, payment, late: moved.late });
  }
  if (moved.event === "payment.succeeded") draft.claimsOrder = true;
  if (moved.duplicate) return "duplicate";
  return !changed && moved.reviews.length > 0 ? "under_review" : "applied";
}

function reviewOf(ids: Ids, at: number, kind: ReviewKind, payment: Payment, fact: Fact): Review {
  const details: Record<string, string> = { fact: fact.kind };
  if ("ref" in fact && fact.ref !== undefined) details.ref = fact.ref;
  if ("raw" in fact && fact.raw !== undefined) details.raw = fact.raw;
  if ("amount" in fact && fact.amount !== undefined) {
    details.amount = `${fact.amount.amount} ${fact.amount.currency}`;
  }
  return {
    id: ids.review(),
    kind,
    paymentId: payment.id,
    digest: digestOf([kind, fact.kind, details.ref, details.raw, details.amount]),
    openedAt: at,
    details,
    candidates: [],
  };
}
