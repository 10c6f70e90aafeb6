import { storable } from "../adapter-kit/storable.ts";
import { callbackAddress } from "../callbacks/address.ts";
import { carriesNoProof } from "../callbacks/carries-no-proof.ts";
import type { Context } from "../context.ts";
import type { Capabilities, RefundOutcome } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { errorLabel } from "../model/errors.ts";
import type { RefundFact } from "../model/fact.ts";
import { merchantReferenceOf, type RefundId } from "../model/ids.ts";
import type { Payment } from "../model/payment.ts";
import type { Refund } from "../model/refund.ts";
import { callProvider, orUnknown, reasonOf } from "../runtime/call-provider.ts";
import { paymentName } from "../runtime/find-provider.ts";
import { REFUND_TIMEOUT_MS } from "./give-up.ts";

type Refunding = Pick<Capabilities, "refund"> & AnyProvider;

export function canRefund(provider: AnyProvider): provider is Refunding {
  return provider.refund !== undefined;
}

/** Asks the gateway for a reserved refund, once. Never throws: if the adapter fails, the outcome is unknown. */
export async function sendRefund(
  context: Context,
  providerName: string,
  provider: Refunding,
  payment: Payment,
  { amount, id }: Refund,
): Promise<RefundFact> {
  const callbackUrl = callbackAddress(
    context,
    addressedAs(context, providerName, provider, payment),
    payment.id,
    provider,
  );
  const request = {
    ...paymentName(payment),
    refundId: id,
    refundMerchantReference: merchantReferenceOf(id),
    refundAmount: amount,
    callbackUrl,
  };
  try {
    const subject = { providerName: payment.providerName, provider, paymentId: payment.id, callbackUrl };
    const report = context.exchanges?.sentBy(subject);
    const call = callProvider(context.clock, REFUND_TIMEOUT_MS, (call) => provider.refund(request, call), report);
    const fact = factOf(id, orUnknown(await call));
    // Callbacks of this provider carry no proof, so no later report would be believed: a person has to look.
    return fact.kind === "refund_pending" && carriesNoProof(provider) ? { ...fact, kind: "refund_unknown" } : fact;
  } catch (error) {
    context.logger.error("The adapter failed on a refund; its outcome is unknown.", {
      paymentId: payment.id,
      error: errorLabel(error),
    });
    return { kind: "refund_unknown", refund: id, reason: "the adapter failed" };
  }
}

/** The name in the refund's callback address: the payment's own, whose removal from the configuration would be noticed at start. */
function addressedAs({ providers }: Context, providerName: string, { merchantAccount }: AnyProvider, payment: Payment) {
  return providers.get(payment.providerName)?.merchantAccount === merchantAccount ? payment.providerName : providerName;
}

function factOf(refund: RefundId, outcome: RefundOutcome): RefundFact {
  switch (outcome.kind) {
    case "succeeded":
    case "pending": {
      const { kind, providerReference } = outcome;
      return {
        kind: `refund_${kind}`,
        refund,
        ...(providerReference && { refundProviderReference: storable(providerReference) }),
      };
    }
    case "rejected": {
      const { code, providerCode } = outcome;
      const refused = { kind: "refund_failed", refund, reason: code } as const;
      return providerCode === undefined ? refused : { ...refused, providerCode: storable(providerCode) };
    }
    case "not_sent":
      return { kind: "refund_failed", refund, reason: reasonOf(outcome.cause) };
    case "unknown":
      return { kind: "refund_unknown", refund, reason: reasonOf(outcome.cause) };
    default:
      outcome satisfies never;
      throw new TypeError("The adapter answered with no known outcome.");
  }
}
