import * as v from "valibot";
import { fieldName, parseInput } from "../adapter-kit/parse-input.ts";
import type { Context } from "../context.ts";
import type { RefundRequest } from "../contract/pay.ts";
import { PayError } from "../model/errors.ts";
import { parsePaymentId } from "../model/ids.ts";
import { checkMoney } from "../model/money.ts";
import type { Refund } from "../model/refund.ts";
import { commit, recordFact } from "../recording/record-fact.ts";
import { storeAgain } from "../runtime/store-again.ts";
import { answerOf, failureOf } from "./answer.ts";
import { notFound, notRefundable } from "./errors.ts";
import { paidAmount } from "./paid-amount.ts";
import { reserve } from "./reserve.ts";
import { canRefund, sendRefund } from "./send.ts";

/** Milliseconds for which the gateway's answer is worth storing again while the caller waits. */
const STORING_MS = 5000;

const Given = v.strictObject({
  amount: v.optional(v.unknown()),
  idempotencyKey: v.pipe(
    v.string(),
    v.regex(/^\P{Cc}{1,200}$/u),
    v.check((text) => text.isWellFormed()),
  ),
});
const MUST_BE = { idempotencyKey: "a text of 1 to 200 characters without control characters" };

/** Sends money back: reserves the amount by a commit, asks the gateway once, and commits its answer. */
export async function refund(
  context: Context,
  providerName: string,
  id: string,
  given: RefundRequest,
): Promise<Refund> {
  const { idempotencyKey: key } = parseInput(Given, given, "INVALID_REQUEST", MUST_BE, "refund");
  if (given.amount !== undefined) checkMoney(given.amount);
  const provider = context.providers.get(providerName);
  if (provider === undefined) {
    const names = [...context.providers.keys()].join(", ");
    throw new PayError("INVALID_REQUEST", `providerName must be one of ${names}.`, { field: "providerName" });
  }
  if (!canRefund(provider)) {
    throw new PayError("NOT_REFUNDABLE", `${fieldName(String(providerName))} cannot refund; do it at the gateway.`);
  }
  const { merchantAccount } = provider;
  const paymentId = parsePaymentId(id);
  if (paymentId === undefined) throw notFound();
  const at = context.now();
  const known = await context.store.payment(paymentId);
  if (known?.payment.merchantAccount !== merchantAccount) throw notFound();
  const { state } = known.payment;
  // Once the payment succeeded, the history entry of its success exists and does not change.
  if (state !== "succeeded") throw notRefundable(paymentId, `The payment is ${state}, so there is nothing to refund.`);
  const paid = await paidAmount(context.store, known.payment);
  if (paid.currency !== known.payment.amount.currency) {
    throw notRefundable(paymentId, "The payment was paid in another currency; refund it at the gateway.");
  }
  const query = { merchantAccount, paymentId };
  const wanted = { key, amount: given.amount };
  const reserved = await commit(context, query, (ids, found) => reserve(ids, at, found, wanted, paid));
  if (!reserved.isNew) {
    return answerOf(reserved.refund, paymentId, await failureOf(context, reserved.refund, paymentId));
  }
  const fact = await sendRefund(context, providerName, provider, reserved.record.payment, reserved.refund);
  // The gateway is not asked again, so an answer that is lost leaves the outcome to a person.
  const recorded = await storeAgain(context.clock, context.now() + STORING_MS, () =>
    recordFact(context, { query: { ...query, openReviews: true }, fact }),
  );
  const refunds = "record" in recorded ? recorded.record.refunds : undefined;
  // Found by its key: if the gateway reported the refund before it answered, the refund has the id of that report.
  const done = refunds?.find((refund) => refund.key === key) ?? reserved.refund;
  return answerOf(done, paymentId, fact);
}
