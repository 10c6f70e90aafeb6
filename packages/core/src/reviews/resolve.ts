import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { Decision, Snapshot, UnmatchedNotification, UpdateQuery } from "../contract/store.ts";
import { PayError } from "../model/errors.ts";
import type { Fact, RefundFact } from "../model/fact.ts";
import {
  type EventId,
  type Ids,
  type PaymentId,
  type ProviderReference,
  parsePaymentId,
  type RefundId,
  type ReviewId,
} from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { refundNamed } from "../model/refund.ts";
import type { AcceptedStatus, Review, ReviewAction, ReviewKind, ReviewResolution } from "../model/review.ts";
import { applyFact, changesOf, NOTHING, noteAct, startChanges } from "../recording/apply.ts";
import { deadLetterDigest, unmatchedDigest } from "../recording/digest.ts";
import { commit, type RecordDeps } from "../recording/record-fact.ts";

export interface ResolveDeps extends RecordDeps {
  /** The trait of the provider that has this account. */
  readonly failureIsFinal: (merchantAccount: string) => boolean;
}

// What every store can keep: no control characters but the end of a line.
const text = (limit: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.maxLength(limit),
    v.regex(/^(?:\P{Cc}|\n)+$/u),
    v.check((given) => given.isWellFormed()),
  );
const WHO = { by: v.optional(text(200)), note: v.optional(text(2000)) };

const Resolution = v.variant("action", [
  v.strictObject({
    action: v.literal("accept"),
    paymentId: v.optional(
      v.pipe(
        v.string(),
        v.check((id) => parsePaymentId(id) !== undefined),
      ),
    ),
    as: v.optional(v.picklist(["succeeded", "failed", "pending", "reversed"])),
    ...WHO,
  }),
  v.strictObject({ action: v.literal("dismiss"), ...WHO }),
  v.strictObject({ action: v.literal("note"), by: WHO.by, note: text(2000) }),
]);

const MUST_BE = {
  action: '"accept", "dismiss" or "note"',
  paymentId: "the id of a payment",
  as: '"succeeded", "failed", "pending" or "reversed"',
  by: "text of at most 200 characters",
  note: "text of 1 to 2,000 characters",
};

/** Does something about a review: what it asks for, the review's own state, and a line of history, in one transaction. */
export async function resolveReview(deps: ResolveDeps, id: ReviewId, given: ReviewResolution): Promise<Review> {
  const resolution = parseInput(Resolution, given, "INVALID_REQUEST", MUST_BE, "resolution") as ReviewResolution;
  const review = await deps.store.review(id);
  if (review === undefined) throw new PayError("NOT_FOUND", "There is no such review.");
  const plan = await planOf(deps, review, resolution);
  const at = deps.now();
  return commit(deps, plan.query, (ids, found) => decide(deps, ids, at, plan, found));
}

/** What is to happen, before anything is read inside the transaction. */
interface Plan {
  readonly query: UpdateQuery & { readonly review: ReviewId };
  readonly resolution: ReviewResolution;
  /** Applied to the payment: the fact an operator stands for. An orphan's own comes from the store. */
  readonly fact?: Fact | RefundFact;
}

async function planOf({ store }: ResolveDeps, review: Review, resolution: ReviewResolution): Promise<Plan> {
  const accepts = resolution.action === "accept" ? resolution : undefined;
  const record = review.paymentId && (await store.payment(review.paymentId));
  const { refund } = review.details;
  const isKnown = refund !== undefined && refundNamed(record?.refunds ?? [], refund as RefundId) !== undefined;
  const ofRefund = review.kind === "refund_unknown" && isKnown;
  refuseUnused(review.kind, ofRefund === true, accepts);
  if (review.kind === "unmatched") {
    const { merchantAccount = "", subject = "", providerReference } = review.details;
    const query = { merchantAccount, subject, adopt: true, review: review.id };
    if (accepts?.paymentId === undefined) return { query, resolution };
    const paymentId = accepts.paymentId as PaymentId;
    const owner = await store.payment(paymentId);
    if (owner?.payment.merchantAccount !== merchantAccount) {
      throw invalid("paymentId", "must name a payment of the account that the notification came for");
    }
    return {
      query: {
        ...query,
        paymentId,
        ...(providerReference !== undefined && { providerReference: providerReference as ProviderReference }),
      },
      resolution,
    };
  }
  if (record === undefined) throw new PayError("NOT_FOUND", "The review's payment is not in the store.");
  const query = { merchantAccount: record.payment.merchantAccount, paymentId: record.payment.id, review: review.id };
  const fact = accepts && acceptedFact(review, accepts.as);
  return { query, resolution, ...(fact !== undefined && { fact }) };
}

/** What a kind of review has no use for is refused rather than ignored. `ofRefund`: it asks what became of one of ours. */
function refuseUnused(
  kind: ReviewKind,
  ofRefund: boolean,
  accepts: { readonly paymentId?: string; readonly as?: AcceptedStatus } | undefined,
) {
  if (accepts === undefined) return;
  const statusChecks = kind === "unrecognized" || ofRefund;
  if (statusChecks && accepts.as === undefined) throw invalid("as", "is needed: what became of it");
  if (!statusChecks && accepts.as !== undefined)
    throw invalid("as", "belongs to reviews of unmapped statuses and unknown refunds");
  if (ofRefund && accepts.as !== "succeeded" && accepts.as !== "failed") {
    throw invalid("as", 'must be "succeeded" or "failed" for a refund');
  }
  if (kind === "unmatched" && accepts.paymentId === undefined) {
    throw invalid("paymentId", "is needed: the payment the notification belongs to");
  }
  if (kind !== "unmatched" && accepts.paymentId !== undefined)
    throw invalid("paymentId", "belongs to reviews of orphans");
}

/** The fact that accepting stands for. Amount and ref are left out: accepting means that the payment's own are right. */
function acceptedFact({ kind, details }: Review, as: AcceptedStatus | undefined): Fact | RefundFact | undefined {
  const providerStatus = details.providerStatus === undefined ? {} : { providerStatus: details.providerStatus };
  if (kind === "refund_unknown" && (as === "succeeded" || as === "failed")) {
    return { kind: `refund_${as}`, refund: details.refund as RefundId, ...providerStatus };
  }
  // Kept, since no more of it can go back than came.
  const receivedAmount = details.amount === undefined ? {} : { receivedAmount: moneyOf(details.amount) };
  if (kind === "unrecognized" && as !== undefined) return { kind: as, ...providerStatus, ...receivedAmount };
  const mismatch = kind === "amount_mismatch" || kind === "reference_mismatch";
  return mismatch && details.fact === "succeeded"
    ? { kind: "succeeded", ...providerStatus, ...receivedAmount }
    : undefined;
}

/** As reviews write it: minor units and currency. */
function moneyOf(text: string): Money {
  const [amount, currency = ""] = text.split(" ");
  return { value: Number(amount), currency };
}

function decide(deps: ResolveDeps, ids: Ids, at: number, plan: Plan, found: Snapshot): Decision<Review> {
  const { query, resolution } = plan;
  const { review } = found;
  if (review === undefined) throw new PayError("NOT_FOUND", "There is no such review.");
  if (review.status !== "open") throw new PayError("REVIEW_CLOSED", `The review was ${review.status} before.`);
  const resolved = afterAction(review, at, resolution);
  const adopted = adoptedBy(plan, review, found.unmatchedNotifications);
  if (found.record === undefined) return { changes: { ...NOTHING, adopted, resolved }, result: resolved };

  const pending = startChanges(found.record);
  noteAct(pending, at, { kind: "review", review: review.id, about: review.kind, ...done(resolution) });
  const context = { ids, at, failureIsFinal: deps.failureIsFinal(query.merchantAccount), found };
  const facts = new Map(adopted.map(({ digest, fact }) => [digest, fact]));
  for (const fact of plan.fact === undefined ? facts.values() : [plan.fact]) applyFact(context, pending, fact);
  const redriven = resolution.action === "accept" ? deadLetterOf(review) : [];
  return {
    changes: { ...changesOf(pending), adopted, inbox: [...facts.keys()], redriven, resolved },
    result: resolved,
  };
}

/** The review's own orphan, and with a payment those that belong to it as well. None if it found its payment meanwhile. */
function adoptedBy(
  { query, resolution }: Plan,
  review: Review,
  waiting: readonly UnmatchedNotification[],
): readonly UnmatchedNotification[] {
  const isOwn = (unmatched: UnmatchedNotification) => unmatchedDigest(unmatched) === review.digest;
  if (resolution.action === "note" || !waiting.some(isOwn)) return [];
  const { providerReference } = query;
  return waiting.filter(
    (unmatched) =>
      isOwn(unmatched) || (providerReference !== undefined && unmatched.fact.providerReference === providerReference),
  );
}

function afterAction(review: Review, at: number, resolution: ReviewResolution): Review {
  const { action } = resolution;
  const status = action === "accept" ? "accepted" : action === "dismiss" ? "dismissed" : "open";
  return { ...review, status, actions: [...review.actions, { at, ...done(resolution) }] };
}

function done(resolution: ReviewResolution): Omit<ReviewAction, "at"> {
  const { action, by, note } = resolution;
  const { paymentId = undefined, as = undefined } = action === "accept" ? resolution : {};
  return {
    action,
    ...(by !== undefined && { by }),
    ...(note !== undefined && { note }),
    ...(paymentId !== undefined && { paymentId: paymentId as PaymentId }),
    ...(as !== undefined && { as }),
  };
}

function deadLetterOf({ kind, details }: Review): readonly { readonly eventId: EventId; readonly handler: string }[] {
  if (kind !== "dead_letter") return [];
  return [{ eventId: details.event as EventId, handler: details.handler ?? "" }];
}

/** Delivers a dead letter again, and closes the review that told of it, if that is still open. */
export async function redrive(
  deps: ResolveDeps,
  paymentId: PaymentId,
  eventId: EventId,
  handler: string,
  by: string | undefined,
): Promise<void> {
  const who = parseInput(v.strictObject({ by: WHO.by }), { by }, "INVALID_REQUEST", MUST_BE);
  const row = (await deps.store.deliveries(paymentId)).find(
    (known) => known.eventId === eventId && known.handler === handler,
  );
  const record = await deps.store.payment(paymentId);
  if (row?.status !== "dead" || record === undefined) {
    throw new PayError("NOT_FOUND", "There is no dead letter of that event for that handler.");
  }
  const digest = deadLetterDigest(eventId, handler);
  const told = (await deps.store.reviewsOfPayment(paymentId)).find(
    (review) => review.status === "open" && review.digest === digest,
  );
  if (told !== undefined) {
    await resolveReview(deps, told.id, { action: "accept", ...(who.by !== undefined && { by: who.by }) });
    return;
  }
  const at = deps.now();
  await commit(deps, { merchantAccount: record.payment.merchantAccount, paymentId }, (_, found) => {
    if (found.record === undefined) return { changes: NOTHING, result: undefined };
    const pending = startChanges(found.record);
    noteAct(pending, at, {
      kind: "redrive",
      event: eventId,
      handler,
      ...(who.by !== undefined && { by: who.by }),
    });
    return { changes: { ...changesOf(pending), redriven: [{ eventId, handler }] }, result: undefined };
  });
}

function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_REQUEST", `${field} ${remedy}.`, { field });
}
