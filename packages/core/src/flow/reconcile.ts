import { createCall } from "../adapter/http.ts";
import { storable } from "../adapter/storable.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { Clock } from "../contract/runtime.ts";
import { className } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import { referenceOf } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { startDeadline } from "./deadline.ts";
import { factDigest } from "./digest.ts";
import { type SettleDeps, settle } from "./settle.ts";

export interface ReconcileDeps extends SettleDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
}

/** Milliseconds a gateway has to answer. */
const TIMEOUT = 20_000;

/**
 * Asks the gateway what became of a payment, where it can be asked, and settles the answer as if it had been notified.
 * No transaction is open while the gateway thinks. A question that fails changes nothing.
 */
export async function reconcile(deps: ReconcileDeps, { payment }: PaymentRecord): Promise<void> {
  const { clock, logger, now } = deps;
  const provider = [...deps.providers.values()].find(({ account }) => account === payment.account);
  if (provider?.retrieve === undefined) return;
  const deadline = startDeadline(clock, TIMEOUT);
  try {
    const { id: paymentId, ref } = payment;
    const asked = { paymentId, reference: referenceOf(paymentId), ...(ref !== undefined && { ref }) };
    const answer = provider.retrieve(asked, createCall(deadline.signal, now));
    const observed = await Promise.race([answer, deadline.passed]);
    if (observed === "time is up") throw new Error(observed);
    const fact: NotificationFact = {
      kind: observed.status,
      ...(ref !== undefined && { ref }),
      ...(observed.amount !== undefined && { amount: observed.amount }),
      ...(observed.raw !== undefined && { raw: storable(observed.raw) }),
    };
    await settle(deps, {
      query: { account: payment.account, paymentId, digest: factDigest(fact), ...(ref !== undefined && { ref }) },
      fact,
      failureIsFinal: provider.traits.failureIsFinal,
    });
  } catch (error) {
    logger.warn("A gateway could not be asked about a payment.", {
      provider: payment.provider,
      paymentId: payment.id,
      error: className(error),
    });
  } finally {
    deadline.clear();
  }
}
