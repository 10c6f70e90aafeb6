import type { RefundFact, SideFact } from "../model/fact.ts";
import { sameMoney } from "../model/money.ts";
import type { Refund, RefundStatus } from "../model/refund.ts";
import type { ReviewKind } from "../model/review.ts";
import { type ApplyContext, addEvent, addLine, addReview, type Draft, type Verdict } from "./apply.ts";

type Requested = Extract<SideFact, { kind: "refund_requested" }>;

const STATUSES: Readonly<Record<RefundFact["kind"], RefundStatus>> = {
  refund_succeeded: "succeeded",
  refund_pending: "pending",
  refund_failed: "failed",
  refund_unknown: "unknown",
};

/** How far each status is: a later word counts only if it is further. A failure may turn out to be a success, never the reverse. */
const PROGRESS: Readonly<Record<RefundStatus, number>> = {
  requested: 0,
  unknown: 1,
  pending: 2,
  failed: 3,
  succeeded: 4,
};

/** Applies what is known of a refund: it changes no state of the payment, and is told of when it is done. */
export function applyRefund(context: ApplyContext, draft: Draft, fact: Requested | RefundFact): Verdict {
  if (fact.kind === "refund_requested") {
    const { amount, key, refund: id } = fact;
    keep(context, draft, fact, { id, status: "requested", amount, origin: "shop", ...(key !== undefined && { key }) });
    return "applied";
  }
  const known = find(draft.record.refunds ?? [], fact);
  const status = STATUSES[fact.kind];
  if (known === undefined) {
    // Of one that was begun at the gateway the amount has to be said: nothing is guessed about money.
    if (fact.amount === undefined || fact.refund !== undefined) return review(context, draft, fact, "refund_unknown");
    const begun = { id: context.ids.refund(), amount: fact.amount, origin: "gateway", status } as const;
    return told(context, draft, fact, begun);
  }
  if (fact.amount !== undefined && !sameMoney(fact.amount, known.amount)) {
    return review(context, draft, fact, "amount_mismatch");
  }
  if (known.status === status) return line(context, draft, fact, "duplicate");
  if (known.status === "succeeded" && status === "failed") return review(context, draft, fact, "contradiction");
  if (PROGRESS[status] < PROGRESS[known.status]) return line(context, draft, fact, "applied");
  return told(context, draft, fact, { ...known, status });
}

function find(refunds: readonly Refund[], { refund, refundRef }: RefundFact): Refund | undefined {
  if (refund !== undefined) return refunds.find(({ id }) => id === refund);
  return refundRef === undefined ? undefined : refunds.find(({ ref }) => ref === refundRef);
}

/** Keeps what became of a refund, and tells of it if it is done. */
function told(
  context: ApplyContext,
  draft: Draft,
  fact: RefundFact,
  changed: Omit<Refund, "createdAt" | "updatedAt">,
): Verdict {
  const { refundRef } = fact;
  const isUnknown = changed.status === "unknown";
  const reviews: ReviewKind[] = isUnknown ? ["refund_unknown"] : [];
  const ref = changed.ref ?? refundRef;
  const refund = keep(context, draft, fact, { ...changed, ...(ref !== undefined && { ref }) }, reviews);
  for (const kind of reviews) addReview(draft, context.ids, context.at, kind, { ...fact, refund: refund.id });
  if (refund.status === "succeeded" || refund.status === "failed") {
    addEvent(draft, context.ids, { type: `refund.${refund.status}`, late: false, refund });
  }
  return isUnknown ? "under_review" : "applied";
}

function keep(
  { at }: ApplyContext,
  draft: Draft,
  fact: Requested | RefundFact,
  changed: Omit<Refund, "createdAt" | "updatedAt">,
  reviews: readonly ReviewKind[] = [],
): Refund {
  const before = draft.record.refunds ?? [];
  const known = before.find(({ id }) => id === changed.id);
  const refund: Refund = { ...changed, createdAt: known?.createdAt ?? at, updatedAt: at };
  const refunds = known === undefined ? [...before, refund] : before.map((one) => (one === known ? refund : one));
  addLine(draft, at, fact, { ...draft.record, refunds }, reviews);
  return refund;
}

function line({ at }: ApplyContext, draft: Draft, fact: RefundFact, verdict: Verdict): Verdict {
  addLine(draft, at, fact, draft.record);
  return verdict;
}

function review({ at, ids }: ApplyContext, draft: Draft, fact: RefundFact, kind: ReviewKind): Verdict {
  addLine(draft, at, fact, draft.record, [kind]);
  addReview(draft, ids, at, kind, fact);
  return "under_review";
}
