import type { Context } from "../context.ts";
import type { CancelOutcome, Capabilities } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { errorLabel, PayError } from "../model/errors.ts";
import { parsePaymentId } from "../model/ids.ts";
import { OPEN_STATES, type Payment } from "../model/payment.ts";
import { recordFact } from "../recording/record-fact.ts";
import { callProvider, orUnknown, reasonOf } from "../runtime/call-provider.ts";
import { isOfAnotherProcess, paymentName, providerOf } from "../runtime/find-provider.ts";

/** Milliseconds a gateway has to answer. */
const TIMEOUT_MS = 30_000;

/**
 * Cancels an open payment: at the gateway first, if the gateway can, and only then here. A success that arrives all the same still
 * counts and opens a review.
 */
export async function cancel(context: Context, id: string): Promise<Payment> {
  const paymentId = parsePaymentId(id);
  const record = paymentId && (await context.store.payment(paymentId));
  if (record === undefined) throw new PayError("NOT_FOUND", "The store has no payment of this id.");
  const { payment } = record;
  if (!OPEN_STATES.includes(payment.state) && payment.state !== "succeeded") return payment;
  if (payment.state !== "succeeded" && isOfAnotherProcess(context, payment.merchantAccount)) {
    const { merchantAccount, providerName } = payment;
    const message = `No provider of ${merchantAccount} is configured in this process; cancel the payment in one that has it.`;
    throw new PayError("PROVIDER_UNAVAILABLE", message, { paymentId: payment.id, providerName });
  }
  const provider = providerOf(context, payment);
  if (payment.state !== "succeeded" && provider?.cancel !== undefined) {
    const refusal = await cancelAtProvider(context, provider as Canceling, payment);
    if (refusal !== undefined) throw refusal;
  }
  const query = { merchantAccount: payment.merchantAccount, paymentId: payment.id };
  const recorded = await recordFact(context, { query, fact: { kind: "cancel" } });
  return "record" in recorded ? recorded.record.payment : payment;
}

type Canceling = Pick<Capabilities, "cancel"> & AnyProvider;

/** Asks the gateway to cancel the payment. Returns the error if it did not. */
async function cancelAtProvider(
  { clock, exchanges, logger }: Context,
  provider: Canceling,
  payment: Payment,
): Promise<PayError | undefined> {
  try {
    const report = exchanges?.sentBy({ providerName: payment.providerName, provider, paymentId: payment.id });
    const outcome = await callProvider(
      clock,
      TIMEOUT_MS,
      (call) => provider.cancel(paymentName(payment), call),
      report,
    );
    return refusalOf(orUnknown(outcome), payment);
  } catch (error) {
    logger.error("The adapter failed on a cancel; its outcome is unknown.", {
      paymentId: payment.id,
      error: errorLabel(error),
    });
    return refusalOf({ kind: "unknown", cause: error }, payment);
  }
}

function refusalOf(outcome: CancelOutcome, { id: paymentId, providerName }: Payment): PayError | undefined {
  const details = { paymentId, providerName };
  switch (outcome.kind) {
    case "canceled":
      return undefined;
    case "rejected": {
      const { code, providerCode } = outcome;
      const message = `The gateway did not cancel the payment (${code}).`;
      return new PayError("CANCEL_REJECTED", message, { ...details, providerCode });
    }
    case "not_sent":
      return new PayError("PROVIDER_UNAVAILABLE", `The gateway was not reached (${reasonOf(outcome.cause)}).`, details);
    case "unknown": {
      const message = "It is not known whether the gateway canceled the payment; it stays open.";
      return new PayError("OUTCOME_UNKNOWN", message, details);
    }
    default:
      outcome satisfies never;
      throw new TypeError("The adapter answered with no known outcome.");
  }
}
