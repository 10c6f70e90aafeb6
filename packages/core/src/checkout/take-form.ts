import type { CallbackDeps } from "../callbacks/handle.ts";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { applyFact, changesOf, NOTHING, startChanges } from "../recording/apply.ts";
import { commit } from "../recording/record-fact.ts";
import { openSealedForm } from "../security/sealed-form.ts";

/** Takes a payment's form out of the store, for the buyer's browser: the first who asks gets it, and nobody after. */
export async function takeForm(deps: CallbackDeps, paymentId: PaymentId): Promise<FormAction | undefined> {
  const known = await deps.store.payment(paymentId);
  if (known?.next?.kind !== "form") return undefined;
  const form = openSealedForm(deps.keyring, paymentId, known.next.sealed);
  if (form === undefined) {
    deps.logger.error("A form cannot be read: the secret it was kept under is gone.", { paymentId });
    return undefined;
  }
  const at = deps.now();
  const isFirst = await commit(
    deps,
    { merchantAccount: known.payment.merchantAccount, paymentId },
    (ids, { record }) => {
      if (record?.next?.kind !== "form" || record.payment.state !== "pending") {
        return { changes: NOTHING, result: false };
      }
      const pending = startChanges(record);
      applyFact(
        { ids, at, failureIsFinal: false, found: { orderPaidBy: undefined, providerReferenceOwner: undefined } },
        pending,
        {
          kind: "form_opened",
        },
      );
      return { changes: changesOf(pending), result: true };
    },
  );
  return isFirst ? form : undefined;
}
