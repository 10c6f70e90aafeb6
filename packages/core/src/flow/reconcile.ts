import { storable } from "../adapter/storable.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { Call, Capabilities, PaymentName } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import type { Exchanges } from "../exchange/exchanges.ts";
import { className } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import { referenceOf } from "../model/ids.ts";
import type { Observation } from "../model/observation.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { isUnderWay, refundedAmount } from "../model/refund.ts";
import { callGateway } from "./call-gateway.ts";
import { factDigest } from "./digest.ts";
import { paidAmount } from "./paid-amount.ts";
import { type SettleDeps, type Settled, settle } from "./settle.ts";

export interface ReconcileDeps extends SettleDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
  /** Where somebody wants to know. */
  readonly exchanges?: Exchanges | undefined;
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
 *
 * @param askOn milliseconds after which it is asked again, where it still waits
 */
export async function reconcile(
  deps: ReconcileDeps,
  record: PaymentRecord,
  { askOn }: { readonly askOn?: number } = {},
): Promise<Reconciled | undefined> {
  const { clock, exchanges, logger } = deps;
  const { payment } = record;
  const provider = providerOf(deps, payment);
  if (provider?.retrieve === undefined) return undefined;
  try {
    const { retrieve } = provider as Pick<Capabilities, "retrieve">;
    const heard = exchanges?.sentBy({ instance: payment.provider, provider, paymentId: payment.id });
    const ask = (call: Call) => retrieve.call(provider, nameOf(payment), call);
    const observed = await callGateway(clock, TIMEOUT, ask, heard);
    if (observed === "time is up") throw new Error(observed);
    // The gateway may have thought long, and a refund have ended meanwhile.
    const current = (await deps.store.payment(payment.id)) ?? record;
    const ref = observed.ref ?? payment.ref;
    const fact: NotificationFact = {
      kind: observed.status === "reversed" ? await reversedAs(deps, current) : observed.status,
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
      ...(askOn !== undefined && observed.status === "pending" && { askAt: deps.now() + askOn }),
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

/**
 * Money that the shop itself sent back is no news: the payment was paid, and its refunds are known. While one of them is
 * under way, nobody can tell it from money that was taken back, and a person looks.
 */
async function reversedAs(
  { store }: ReconcileDeps,
  { payment, refunds = [] }: PaymentRecord,
): Promise<"succeeded" | "reversed" | "unmapped"> {
  const { amount: paid } = await paidAmount(store, payment);
  const done = refunds.filter(({ status }) => status === "succeeded");
  if (refundedAmount(done) >= paid) return "succeeded";
  return refunds.some(isUnderWay) ? "unmapped" : "reversed";
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
