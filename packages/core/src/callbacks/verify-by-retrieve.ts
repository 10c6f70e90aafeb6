import type { Context } from "../context.ts";
import type { AnyProvider } from "../contract/providers.ts";
import type { Recorded } from "../recording/record-fact.ts";
import { type CheckAgain, refreshFromProvider, UNDECIDED } from "../status/refresh.ts";
import { type PaymentCallback, paymentOf } from "./subject.ts";

/** A gateway may call back before its own answer changes. */
const CHECK_AGAIN: CheckAgain = { afterMs: 5000, statuses: UNDECIDED };

/** True if callbacks carry no proof of origin: Pay then records only the gateway's own answer to a question. */
export function carriesNoProof({ traits: { callback } }: Pick<AnyProvider, "traits">): boolean {
  return callback.authentication.every((proof) => proof === "verify-by-retrieve");
}

/**
 * Asks the gateway about the payment that a callback without proof names, within the request. Returns `not_asked` if the payment is not in
 * the store or belongs to another merchant account. Reads the store, and writes nothing before the gateway answers.
 */
export async function verifyNow(
  context: Context,
  merchantAccount: string,
  callback: PaymentCallback,
): Promise<Recorded | { readonly kind: "not_asked" | "unanswered" }> {
  const record = await paymentOf(context.store, merchantAccount, callback);
  // Also if the payment is closed: a late success counts.
  if (record?.payment.merchantAccount !== merchantAccount) return { kind: "not_asked" };
  const answer = await context.inTurn(record.payment.id, async () => {
    const current = await context.store.payment(record.payment.id);
    return current && refreshFromProvider(context, current, CHECK_AGAIN);
  });
  return answer !== undefined && "recorded" in answer ? answer.recorded : { kind: "unanswered" };
}
