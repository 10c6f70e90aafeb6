import type { Context } from "../context.ts";
import { PayError } from "../model/errors.ts";
import type { RefundFact } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Refund } from "../model/refund.ts";

/** Why a refund failed. */
export type Failure = Pick<RefundFact, "providerCode" | "providerStatus" | "reason">;

/** What a call answers for a refund in its present status: the same for every call with its key. */
export function answerOf(refund: Refund, paymentId: PaymentId, failure: Failure): Refund {
  switch (refund.status) {
    case "succeeded":
    case "pending":
      return refund;
    case "requested":
      throw new PayError("IN_PROGRESS", "Another call with this idempotency key is running; try again.", { paymentId });
    case "failed": {
      const why = failure.reason ?? failure.providerStatus;
      const message = `The refund failed${why === undefined ? "" : ` (${why})`}; use a new key to try again.`;
      throw new PayError("REFUND_REJECTED", message, { paymentId, providerCode: failure.providerCode });
    }
    case "unknown": {
      const message =
        "It is not known whether the gateway made the refund: look there, and record the outcome with payments.record().";
      throw new PayError("OUTCOME_UNKNOWN", message, { paymentId });
    }
    default:
      return refund.status satisfies never;
  }
}

/** Why the refund failed, from its history, so that a repeated call is answered like the first. */
export async function failureOf({ store }: Context, refund: Refund, paymentId: PaymentId): Promise<Failure> {
  if (refund.status !== "failed") return {};
  const facts = (await store.history(paymentId)).map(({ fact }) => fact);
  const failed = facts.find((fact) => fact.kind === "refund_failed" && isAbout(fact, refund));
  return failed?.kind === "refund_failed" ? failed : {};
}

function isAbout(fact: RefundFact, { id, providerReference, requestedAs }: Refund): boolean {
  if (fact.refund === id) return true;
  return (fact.refund ?? "") === requestedAs || (fact.refundProviderReference ?? "") === providerReference;
}
