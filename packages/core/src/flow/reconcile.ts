import { storable } from "../adapter/storable.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { Capabilities, PaymentName, Retrieved } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import { className } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import { referenceOf } from "../model/ids.ts";
import type { Observation } from "../model/observation.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { refundedAmount } from "../model/refund.ts";
import { callGateway } from "./call-gateway.ts";
import { factDigest } from "./digest.ts";
import { type SettleDeps, type Settled, settle } from "./settle.ts";

export interface ReconcileDeps extends SettleDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
}

/** What the gateway said, and what came of it. */
export interface Reconciled {
  readonly settled: Settled;
  readonly status: Observation["status"];
}

/** Milliseconds a gateway has to answer. */
const TIMEOUT = 20_000;

/**
 * Asks the gateway what became of a payment, where it can be asked, and settles the answer as if it had been notified.
 * No transaction is open while the gateway thinks. A question that fails changes nothing, and gives nothing.
 */
export async function reconcile(deps: ReconcileDeps, record: PaymentRecord): Promise<Reconciled | undefined> {
  const { clock, logger } = deps;
  const { payment } = record;
  const provider = providerOf(deps, payment);
  if (provider?.retrieve === undefined) return undefined;
  try {
    const { retrieve } = provider as Pick<Capabilities, "retrieve">;
    const observed = await callGateway(clock, TIMEOUT, (call) => retrieve.call(provider, nameOf(payment), call));
    if (observed === "time is up") throw new Error(observed);
    // The gateway may have thought long, and a refund have ended meanwhile.
    const current = (await deps.store.payment(payment.id)) ?? record;
    const ref = observed.ref ?? payment.ref;
    const fact: NotificationFact = {
      kind: isSentBack(current, observed) ? "succeeded" : observed.status,
      ...(ref !== undefined && { ref }),
      ...(observed.amount !== undefined && { amount: observed.amount }),
      ...(observed.raw !== undefined && { raw: storable(observed.raw) }),
    };
    const query = { account: payment.account, paymentId: payment.id, digest: factDigest(fact) };
    const settled = await settle(deps, {
      // What came under a ref that is seen first here is waiting for it.
      query: { ...query, ...(ref !== undefined && { ref, ...(payment.ref === undefined && { adopt: true }) }) },
      fact,
      failureIsFinal: provider.traits.failureIsFinal,
    });
    return { settled, status: observed.status };
  } catch (error) {
    logger.warn("A gateway could not be asked about a payment.", {
      provider: payment.provider,
      paymentId: payment.id,
      error: className(error),
    });
    return undefined;
  }
}

/** Money that the shop itself sent back is no news: the payment was paid, and its refunds are known. */
function isSentBack({ payment, refunds = [] }: PaymentRecord, { status }: Retrieved): boolean {
  const sent = refunds.filter((refund) => refund.status === "succeeded" || refund.status === "pending");
  return status === "reversed" && refundedAmount(sent) >= payment.amount.amount;
}

/** The provider of a payment: any instance of its account will do, its own first. */
export function providerOf(
  { providers }: Pick<ReconcileDeps, "providers">,
  { account, provider: instance }: Payment,
): AnyProvider | undefined {
  const own = providers.get(instance);
  return own?.account === account ? own : [...providers.values()].find((other) => other.account === account);
}

export function nameOf({ amount, id: paymentId, ref }: Payment): PaymentName {
  return { paymentId, reference: referenceOf(paymentId), amount, ...(ref !== undefined && { ref }) };
}
