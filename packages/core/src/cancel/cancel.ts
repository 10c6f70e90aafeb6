import { reasonOf } from "../checkout/create-at-provider.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { CancelOutcome, Capabilities } from "../contract/provider.ts";
import { className, PayError } from "../model/errors.ts";
import { parsePaymentId } from "../model/ids.ts";
import { OPEN_STATES, type Payment } from "../model/payment.ts";
import { recordFact } from "../recording/record-fact.ts";
import { callGateway, orUnknown } from "../runtime/call-provider.ts";
import { nameOf, providerOf, type RefreshDeps } from "../status/refresh.ts";

/** Milliseconds a gateway has to answer. */
const TIMEOUT = 30_000;

/**
 * Gives a payment up: at the gateway where that can be done, and only then here. A success that comes all the same still
 * counts, and a person is shown it.
 */
export async function cancel(deps: RefreshDeps, id: string): Promise<Payment> {
  const paymentId = parsePaymentId(id);
  const record = paymentId && (await deps.store.payment(paymentId));
  if (record === undefined) throw new PayError("NOT_FOUND", "There is no such payment.");
  const { payment } = record;
  if (!OPEN_STATES.includes(payment.state) && payment.state !== "succeeded") return payment;
  const provider = providerOf(deps, payment);
  if (payment.state !== "succeeded" && provider?.cancel !== undefined) {
    const refusal = await ask(deps, provider as Canceling, payment);
    if (refusal !== undefined) throw refusal;
  }
  const query = { merchantAccount: payment.merchantAccount, paymentId: payment.id };
  const recorded = await recordFact(deps, { query, fact: { kind: "cancel" }, failureIsFinal: false });
  return "record" in recorded ? recorded.record.payment : payment;
}

type Canceling = Pick<Capabilities, "cancel"> & AnyProvider;

/** Has the gateway give the payment up. Answers why it did not, or nothing. */
async function ask(
  { clock, exchanges, logger }: RefreshDeps,
  provider: Canceling,
  payment: Payment,
): Promise<PayError | undefined> {
  try {
    const heard = exchanges?.sentBy({ providerName: payment.providerName, provider, paymentId: payment.id });
    const outcome = await callGateway(clock, TIMEOUT, (call) => provider.cancel(nameOf(payment), call), heard);
    return refusalOf(orUnknown(outcome), payment);
  } catch (error) {
    logger.error("The adapter failed on a cancel; its outcome is unknown.", {
      paymentId: payment.id,
      error: className(error),
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
      const message = "Nobody knows whether the gateway canceled the payment; it stays open.";
      return new PayError("OUTCOME_UNKNOWN", message, details);
    }
    default:
      outcome satisfies never;
      throw new TypeError("The adapter answered with no known outcome.");
  }
}
