import { storable } from "../adapter-kit/storable.ts";
import type { Context } from "../context.ts";
import type { Call, Capabilities } from "../contract/provider.ts";
import { errorLabel } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { isUnderWay, refundedAmount } from "../model/refund.ts";
import type { StatusReport } from "../model/status-report.ts";
import { factDigest } from "../recording/digest.ts";
import { type Recorded, recordFact } from "../recording/record-fact.ts";
import { paidAmount } from "../refunds/paid-amount.ts";
import { callProvider } from "../runtime/call-provider.ts";
import { paymentName, providerOf } from "../runtime/find-provider.ts";

/** What the gateway reported, and the result of recording it. */
export interface Refreshed {
  readonly recorded: Recorded;
  readonly status: StatusReport["status"];
}

/** Milliseconds a gateway has to answer. */
const TIMEOUT_MS = 20_000;

/**
 * Asks the gateway for the status of a payment, if it can be asked, and records the answer as if it were a notification. No transaction
 * is open during the call. A question that fails changes nothing and returns `undefined`.
 *
 * @param checkAgainAfterMs milliseconds after which to ask again, if the gateway still waits
 */
export async function refreshFromProvider(
  context: Context,
  record: PaymentRecord,
  { checkAgainAfterMs }: { readonly checkAgainAfterMs?: number } = {},
): Promise<Refreshed | undefined> {
  const { payment } = record;
  const provider = providerOf(context, payment);
  if (provider?.retrieve === undefined) return undefined;
  try {
    const { retrieve } = provider as Pick<Capabilities, "retrieve">;
    const report = context.exchanges?.sentBy({
      providerName: payment.providerName,
      provider,
      paymentId: payment.id,
    });
    const ask = (call: Call) => retrieve.call(provider, paymentName(payment), call);
    const reported = await callProvider(context.clock, TIMEOUT_MS, ask, report);
    if (reported === "time is up") throw new Error(reported);
    // A refund may have ended while the gateway was thinking.
    const current = (await context.store.payment(payment.id)) ?? record;
    const providerReference = reported.providerReference ?? payment.providerReference;
    const named = providerReference === undefined ? {} : { providerReference };
    const fact: NotificationFact = {
      kind: reported.status === "reversed" ? await reversedAs(context, current) : reported.status,
      ...named,
      ...(reported.amount !== undefined && { amount: reported.amount }),
      ...(reported.providerStatus !== undefined && { providerStatus: storable(reported.providerStatus) }),
    };
    const isFirstName = providerReference !== undefined && payment.providerReference === undefined;
    const recorded = await recordFact(context, {
      query: {
        merchantAccount: payment.merchantAccount,
        paymentId: payment.id,
        digest: factDigest(fact),
        ...named,
        // Notifications under a provider reference that is seen first here are waiting for it.
        ...(isFirstName && { adopt: true }),
      },
      fact,
      failureIsFinal: provider.traits.failureIsFinal,
      ...(checkAgainAfterMs !== undefined &&
        reported.status === "pending" && { checkStatusAt: context.now() + checkAgainAfterMs }),
    });
    return { recorded, status: reported.status };
  } catch (error) {
    context.logger.warn("A gateway could not be asked about a payment.", {
      providerName: payment.providerName,
      paymentId: payment.id,
      error: errorLabel(error),
    });
    return undefined;
  }
}

/**
 * How to record that money went back. What the shop refunded itself is no news: the payment was paid, and its refunds are known. While
 * a refund is under way, it cannot be told from money that the gateway took back, and a person has to look.
 */
async function reversedAs(
  { store }: Context,
  { payment, refunds = [] }: PaymentRecord,
): Promise<"succeeded" | "reversed" | "unrecognized"> {
  const { value: paid } = await paidAmount(store, payment);
  const done = refunds.filter(({ status }) => status === "succeeded");
  if (refundedAmount(done) >= paid) return "succeeded";
  return refunds.some(isUnderWay) ? "unrecognized" : "reversed";
}
