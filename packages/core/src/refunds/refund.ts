import * as v from "valibot";
import { fieldName, parseInput } from "../adapter-kit/parse-input.ts";
import { storable } from "../adapter-kit/storable.ts";
import { isUnauthenticated } from "../callbacks/unauthenticated.ts";
import { reasonOf } from "../checkout/create-at-provider.ts";
import { callbackAddress, type NewPaymentDeps } from "../checkout/new-payment.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { RefundRequest } from "../contract/pay.ts";
import type { Capabilities, RefundOutcome } from "../contract/provider.ts";
import type { Decision, Snapshot } from "../contract/store.ts";
import { className, PayError } from "../model/errors.ts";
import type { RefundFact } from "../model/fact.ts";
import { type Ids, merchantReferenceOf, type PaymentId, parsePaymentId, type RefundId } from "../model/ids.ts";
import { checkMoney, type Money, sameMoney } from "../model/money.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { type Refund, refundedAmount } from "../model/refund.ts";
import { applyFact, changesOf, NOTHING, startChanges } from "../recording/apply.ts";
import { commit, recordFact } from "../recording/record-fact.ts";
import { callGateway, orUnknown } from "../runtime/call-provider.ts";
import { nameOf, type RefreshDeps } from "../status/refresh.ts";
import { paidAmount } from "./paid-amount.ts";

export interface RefundDeps extends RefreshDeps, Pick<NewPaymentDeps, "baseUrl" | "keyring"> {}

/** Milliseconds a gateway has to answer. */
const TIMEOUT = 30_000;
/** One that is being asked for is given this much longer before its process is taken for dead. */
const GRACE = 30_000;

const Call = v.strictObject({
  amount: v.optional(v.unknown()),
  idempotencyKey: v.pipe(
    v.string(),
    v.regex(/^\P{Cc}{1,200}$/u),
    v.check((text) => text.isWellFormed()),
  ),
});
const MUST_BE = { idempotencyKey: "a text of 1 to 200 characters without control characters" };

/** Sends money back: reserved by a commit before the gateway is asked, asked for once, and what came of it committed. */
export async function refund(
  deps: RefundDeps,
  providerName: string,
  id: string,
  given: RefundRequest,
): Promise<Refund> {
  const { idempotencyKey: key } = parseInput(Call, given, "INVALID_REQUEST", MUST_BE, "refund");
  if (given.amount !== undefined) checkMoney(given.amount);
  const provider = deps.providers.get(providerName);
  if (provider === undefined) {
    const names = [...deps.providers.keys()].join(", ");
    throw new PayError("INVALID_REQUEST", `providerName must be one of ${names}.`, { field: "providerName" });
  }
  if (provider.refund === undefined) {
    throw new PayError("NOT_REFUNDABLE", `${fieldName(String(providerName))} cannot refund; do it at the gateway.`);
  }
  const { merchantAccount } = provider;
  const paymentId = parsePaymentId(id);
  if (paymentId === undefined) throw notFound();
  const at = deps.now();
  const known = await deps.store.payment(paymentId);
  if (known?.payment.merchantAccount !== merchantAccount) throw notFound();
  const { state } = known.payment;
  // The line of its success is there from here on, and does not change.
  if (state !== "succeeded") throw notRefundable(paymentId, `The payment is ${state}, so there is nothing to refund.`);
  const paid = await paidAmount(deps.store, known.payment);
  if (paid.currency !== known.payment.amount.currency) {
    throw notRefundable(paymentId, "What was paid is in another currency; refund it at the gateway.");
  }
  const reserved = await commit(deps, { merchantAccount, paymentId }, (ids, found) =>
    reserve(ids, at, found, key, given.amount, paid),
  );
  const { isNew, record } = reserved;
  if (!isNew) return answerOf(reserved.refund, paymentId, await failureOf(deps, reserved.refund, paymentId));
  const { payment } = record;
  // By the name under which its callbacks are missed, should that be taken away.
  const named =
    deps.providers.get(payment.providerName)?.merchantAccount === merchantAccount ? payment.providerName : providerName;
  const callbackUrl = callbackAddress(deps, named, payment.id, provider);
  const fact = await send(deps, provider as Refunding, payment, reserved.refund, callbackUrl);
  const recorded = await recordFact(deps, { query: { merchantAccount, paymentId }, fact, failureIsFinal: false });
  const refunds = "record" in recorded ? recorded.record.refunds : undefined;
  // By its key: the gateway may have told of it before it answered, and then it has the id it was told under.
  const done = refunds?.find((refund) => refund.key === key) ?? reserved.refund;
  return answerOf(done, paymentId, fact);
}

type Refunding = Pick<Capabilities, "refund"> & AnyProvider;

type Reserved = { readonly refund: Refund; readonly record: PaymentRecord; readonly isNew: boolean };

/** The rule: not more goes back than was paid, whoever else refunds at the same moment. */
function reserve(
  ids: Ids,
  at: number,
  found: Snapshot,
  key: string,
  wanted: Money | undefined,
  paid: Money,
): Decision<Reserved> {
  const { record } = found;
  if (record === undefined) throw notFound();
  const { id: paymentId } = record.payment;
  const known = record.refunds?.find((refund) => refund.key === key);
  if (known !== undefined) {
    refuseOtherAmount(known, wanted, paymentId);
    return { changes: NOTHING, result: { refund: known, record, isNew: false } };
  }
  if (record.reversed) {
    throw notRefundable(paymentId, "The gateway took the money back already; refunding would pay it twice.");
  }
  const left = paid.value - refundedAmount(record.refunds ?? []);
  const amount = { value: wanted?.value ?? left, currency: wanted?.currency ?? paid.currency };
  if (amount.currency !== paid.currency) {
    throw new PayError("INVALID_REQUEST", `amount must be in ${paid.currency}.`, { field: "amount", paymentId });
  }
  // What was sent back at the gateway may be more than what was left.
  if (amount.value > left || left <= 0) {
    throw new PayError("REFUND_EXCEEDS_PAYMENT", "More would go back than is left of the payment.", {
      field: "amount",
      paymentId,
    });
  }
  if (amount.value === 0) {
    throw new PayError("INVALID_AMOUNT", "The amount must be more than zero.", { field: "amount", paymentId });
  }
  const pending = startChanges(record);
  const id = ids.refund();
  applyFact({ ids, at, failureIsFinal: false, found }, pending, { kind: "refund_requested", refund: id, amount, key });
  // A process that dies now leaves somebody to see that nobody knows.
  pending.checkStatusAt = at + TIMEOUT + GRACE;
  const refund = pending.record.refunds!.at(-1)!;
  return { changes: changesOf(pending), result: { refund, record: pending.record, isNew: true } };
}

function refuseOtherAmount({ amount }: Refund, wanted: Money | undefined, paymentId: PaymentId): void {
  if (wanted === undefined || sameMoney(wanted, amount)) return;
  const message = "The idempotency key was used for another refund; these differ: amount.";
  throw new PayError("IDEMPOTENCY_CONFLICT", message, { fields: ["amount"], paymentId });
}

async function send(
  { clock, exchanges, logger }: RefreshDeps,
  provider: Refunding,
  payment: Payment,
  { amount, id }: Refund,
  callbackUrl: string,
): Promise<RefundFact> {
  const name = { refundId: id, refundMerchantReference: merchantReferenceOf(id), refundAmount: amount };
  const request = { ...nameOf(payment), ...name, callbackUrl };
  try {
    const heard = exchanges?.sentBy({
      providerName: payment.providerName,
      provider,
      paymentId: payment.id,
      callbackUrl,
    });
    const outcome = await callGateway(clock, TIMEOUT, (call) => provider.refund(request, call), heard);
    const fact = factOf(id, orUnknown(outcome));
    // Nobody will be believed who says what became of it: a person has to look.
    return fact.kind === "refund_pending" && isUnauthenticated(provider) ? { ...fact, kind: "refund_unknown" } : fact;
  } catch (error) {
    logger.error("The adapter failed on a refund; its outcome is unknown.", {
      paymentId: payment.id,
      error: className(error),
    });
    return { kind: "refund_unknown", refund: id, providerStatus: "the adapter failed" };
  }
}

function factOf(refund: RefundId, outcome: RefundOutcome): RefundFact {
  switch (outcome.kind) {
    case "succeeded":
    case "pending":
      return {
        kind: `refund_${outcome.kind}`,
        refund,
        ...(outcome.providerReference && { refundProviderReference: storable(outcome.providerReference) }),
      };
    case "rejected": {
      const { code, providerCode } = outcome;
      const refused = { kind: "refund_failed", refund, providerStatus: code } as const;
      return providerCode === undefined ? refused : { ...refused, providerCode: storable(providerCode) };
    }
    case "not_sent":
      return { kind: "refund_failed", refund, providerStatus: reasonOf(outcome.cause) };
    case "unknown":
      return { kind: "refund_unknown", refund, providerStatus: reasonOf(outcome.cause) };
    default:
      outcome satisfies never;
      throw new TypeError("The adapter answered with no known outcome.");
  }
}

/** What the answer to a call may say of a failure. */
type Failure = Pick<RefundFact, "providerCode" | "providerStatus">;

/** What a refund is for the shop now: the same for every call with its key. */
function answerOf(refund: Refund, paymentId: PaymentId, { providerCode, providerStatus }: Failure): Refund {
  switch (refund.status) {
    case "succeeded":
    case "pending":
      return refund;
    case "requested":
      throw new PayError("IN_PROGRESS", "Another call with this idempotency key has not finished.", { paymentId });
    case "failed": {
      const reason = providerStatus === undefined ? "" : ` (${providerStatus})`;
      const details = { paymentId, providerCode };
      throw new PayError("REFUND_REJECTED", `The refund failed${reason}; use a new key to try again.`, details);
    }
    case "unknown":
      throw new PayError("OUTCOME_UNKNOWN", "Nobody knows yet whether the gateway took the refund.", { paymentId });
    default:
      return refund.status satisfies never;
  }
}

/** Why it failed, so that a repeated call is answered as the first. */
async function failureOf({ store }: RefreshDeps, refund: Refund, paymentId: PaymentId): Promise<Failure> {
  if (refund.status !== "failed") return {};
  const facts = (await store.history(paymentId)).map(({ fact }) => fact);
  const failed = facts.find((fact) => fact.kind === "refund_failed" && isAbout(fact, refund));
  return failed?.kind === "refund_failed" ? failed : {};
}

function isAbout(fact: RefundFact, { requestedAs, id, providerReference }: Refund): boolean {
  return (
    fact.refund === id ||
    (fact.refund ?? "") === requestedAs ||
    (fact.refundProviderReference ?? "") === providerReference
  );
}

function notRefundable(paymentId: PaymentId, why: string): PayError {
  return new PayError("NOT_REFUNDABLE", why, { paymentId });
}

function notFound(): PayError {
  return new PayError("NOT_FOUND", "The provider has no such payment.");
}

/** Refunds whose process ended before the gateway's answer was stored: nobody knows. Whether none is being asked for now. */
export async function giveUpRefunds(deps: RefreshDeps, { payment, refunds = [] }: PaymentRecord): Promise<boolean> {
  const requested = refunds.filter(({ status }) => status === "requested");
  const overdue = requested.filter(({ createdAt }) => createdAt + TIMEOUT + GRACE <= deps.now());
  for (const { id: refund } of overdue) {
    await recordFact(deps, {
      query: { merchantAccount: payment.merchantAccount, paymentId: payment.id },
      fact: { kind: "refund_unknown", refund, providerStatus: "the process ended before the answer" },
      failureIsFinal: false,
      onlyIf: (record) => record.refunds?.find(({ id }) => id === refund)?.status === "requested",
    });
  }
  return overdue.length === requested.length;
}
