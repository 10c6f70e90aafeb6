import { storable } from "../adapter-kit/storable.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { Call, Capabilities, PaymentName } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import type { Exchanges } from "../exchanges/report-exchanges.ts";
import { className } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import { merchantReferenceOf } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { isUnderWay, refundedAmount } from "../model/refund.ts";
import type { StatusReport } from "../model/status-report.ts";
import { factDigest } from "../recording/digest.ts";
import { type RecordDeps, type Recorded, recordFact } from "../recording/record-fact.ts";
import { paidAmount } from "../refunds/paid-amount.ts";
import { callGateway } from "../runtime/call-provider.ts";

export interface RefreshDeps extends RecordDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
  /** Where somebody wants to know. */
  readonly exchanges?: Exchanges | undefined;
}

/** What the gateway said, and what came of it. */
export interface Refreshed {
  readonly recorded: Recorded;
  readonly status: StatusReport["status"];
}

/** Milliseconds a gateway has to answer. */
const TIMEOUT = 20_000;

/**
 * Asks the gateway what became of a payment, where it can be asked, and settles the answer as if it had been notified.
 * No transaction is open while the gateway thinks. A question that fails changes nothing, and gives nothing.
 *
 * @param askOn milliseconds after which it is asked again, where it still waits
 */
export async function refreshFromProvider(
  deps: RefreshDeps,
  record: PaymentRecord,
  { checkAgainAfterMs }: { readonly checkAgainAfterMs?: number } = {},
): Promise<Refreshed | undefined> {
  const { clock, exchanges, logger } = deps;
  const { payment } = record;
  const provider = providerOf(deps, payment);
  if (provider?.retrieve === undefined) return undefined;
  try {
    const { retrieve } = provider as Pick<Capabilities, "retrieve">;
    const heard = exchanges?.sentBy({ providerName: payment.providerName, provider, paymentId: payment.id });
    const ask = (call: Call) => retrieve.call(provider, nameOf(payment), call);
    const reported = await callGateway(clock, TIMEOUT, ask, heard);
    if (reported === "time is up") throw new Error(reported);
    // The gateway may have thought long, and a refund have ended meanwhile.
    const current = (await deps.store.payment(payment.id)) ?? record;
    const providerReference = reported.providerReference ?? payment.providerReference;
    const fact: NotificationFact = {
      kind: reported.status === "reversed" ? await reversedAs(deps, current) : reported.status,
      ...(providerReference !== undefined && { providerReference }),
      ...(reported.amount !== undefined && { amount: reported.amount }),
      ...(reported.providerStatus !== undefined && { providerStatus: storable(reported.providerStatus) }),
    };
    const query = { merchantAccount: payment.merchantAccount, paymentId: payment.id, digest: factDigest(fact) };
    const recorded = await recordFact(deps, {
      // What came under a ref that is seen first here is waiting for it.
      query: {
        ...query,
        ...(providerReference !== undefined && {
          providerReference,
          ...(payment.providerReference === undefined && { adopt: true }),
        }),
      },
      fact,
      failureIsFinal: provider.traits.failureIsFinal,
      ...(checkAgainAfterMs !== undefined &&
        reported.status === "pending" && { checkStatusAt: deps.now() + checkAgainAfterMs }),
    });
    return { recorded, status: reported.status };
  } catch (error) {
    logger.warn("A gateway could not be asked about a payment.", {
      providerName: payment.providerName,
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
  { store }: RefreshDeps,
  { payment, refunds = [] }: PaymentRecord,
): Promise<"succeeded" | "reversed" | "unrecognized"> {
  const { value: paid } = await paidAmount(store, payment);
  const done = refunds.filter(({ status }) => status === "succeeded");
  if (refundedAmount(done) >= paid) return "succeeded";
  return refunds.some(isUnderWay) ? "unrecognized" : "reversed";
}

/** The provider of a payment: any instance of its account will do, its own first. */
export function providerOf(
  { providers }: Pick<RefreshDeps, "providers">,
  { merchantAccount, providerName }: Payment,
): AnyProvider | undefined {
  const own = providers.get(providerName);
  return own?.merchantAccount === merchantAccount
    ? own
    : [...providers.values()].find((other) => other.merchantAccount === merchantAccount);
}

export function nameOf({ amount, id: paymentId, providerReference }: Payment): PaymentName {
  return {
    paymentId,
    merchantReference: merchantReferenceOf(paymentId),
    amount,
    ...(providerReference !== undefined && { providerReference }),
  };
}
