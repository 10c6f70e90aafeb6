import { createCall } from "../adapter/http.ts";
import type { CancelOutcome, Capabilities } from "../contract/provider.ts";
import { className, PayError } from "../model/errors.ts";
import type { PaymentId } from "../model/ids.ts";
import { OPEN_STATES, type Payment } from "../model/payment.ts";
import { reasonOf } from "./create.ts";
import { startDeadline } from "./deadline.ts";
import { nameOf, providerOf, type ReconcileDeps } from "./reconcile.ts";
import { settle } from "./settle.ts";

/** Milliseconds a gateway has to answer. */
const TIMEOUT = 30_000;

/**
 * Gives a payment up: at the gateway where that can be done, and only then here. A success that comes all the same still
 * counts, and a person is shown it.
 */
export async function cancel(deps: ReconcileDeps, paymentId: PaymentId): Promise<Payment> {
  const record = await deps.store.payment(paymentId);
  if (record === undefined) throw new PayError("NOT_FOUND", "There is no such payment.");
  const { payment } = record;
  if (!OPEN_STATES.includes(payment.state) && payment.state !== "succeeded") return payment;
  const provider = providerOf(deps, payment);
  if (payment.state !== "succeeded" && provider?.cancel !== undefined) {
    refuseUnless(await ask(deps, provider as Pick<Capabilities, "cancel">, payment), payment);
  }
  const query = { account: payment.account, paymentId };
  const settled = await settle(deps, { query, fact: { kind: "cancel" }, failureIsFinal: false });
  return "record" in settled ? settled.record.payment : payment;
}

async function ask(
  { clock, logger, now }: ReconcileDeps,
  provider: Pick<Capabilities, "cancel">,
  payment: Payment,
): Promise<CancelOutcome> {
  const deadline = startDeadline(clock, TIMEOUT);
  const late = deadline.passed.then((cause): CancelOutcome => ({ kind: "unknown", cause: new Error(cause) }));
  try {
    return await Promise.race([provider.cancel(nameOf(payment), createCall(deadline.signal, now)), late]);
  } catch (error) {
    logger.error("The adapter failed on a cancel; its outcome is unknown.", {
      paymentId: payment.id,
      error: className(error),
    });
    return { kind: "unknown", cause: new Error("the adapter failed") };
  } finally {
    deadline.clear();
  }
}

function refuseUnless(outcome: CancelOutcome, { id: paymentId, provider }: Payment): void {
  switch (outcome.kind) {
    case "canceled":
      return;
    case "rejected": {
      const { providerCode } = outcome;
      const details = { paymentId, provider, providerCode };
      throw new PayError("CANCEL_REJECTED", `The gateway did not cancel the payment (${outcome.code}).`, details);
    }
    case "not_sent":
      throw new PayError("PROVIDER_UNAVAILABLE", `The gateway was not reached (${reasonOf(outcome.cause)}).`, {
        paymentId,
        provider,
      });
    case "unknown":
      throw new PayError("OUTCOME_UNKNOWN", "Nobody knows whether the gateway canceled the payment; it stays open.", {
        paymentId,
        provider,
      });
    default:
      outcome satisfies never;
  }
}
