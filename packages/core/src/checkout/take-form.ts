import type { Context } from "../context.ts";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { applyFact } from "../recording/apply-fact.ts";
import { changesOf, NOTHING, startChanges } from "../recording/changes.ts";
import { commit } from "../recording/record-fact.ts";
import { openSealedForm } from "../security/sealed-form.ts";

/** Takes a payment's form out of the store for the buyer's browser. The first request gets it; later requests get nothing. */
export async function takeForm(context: Context, paymentId: PaymentId): Promise<FormAction | undefined> {
  const known = await context.store.payment(paymentId);
  if (known?.next?.kind !== "form") return undefined;
  const form = openSealedForm(context.keyring, paymentId, known.next.sealed);
  if (form === undefined) {
    context.logger.error("A form cannot be decrypted: add the secret that encrypted it to the configured secrets.", {
      paymentId,
    });
    return undefined;
  }
  const at = context.now();
  const isFirst = await commit(
    context,
    { merchantAccount: known.payment.merchantAccount, paymentId },
    (ids, { record }) => {
      if (record?.next?.kind !== "form" || record.payment.state !== "pending") {
        return { changes: NOTHING, result: false };
      }
      const pending = startChanges(record);
      applyFact({ ids, at, found: { orderPaidBy: undefined, providerReferenceOwner: undefined } }, pending, {
        kind: "form_opened",
      });
      return { changes: changesOf(pending), result: true };
    },
  );
  return isFirst ? form : undefined;
}
