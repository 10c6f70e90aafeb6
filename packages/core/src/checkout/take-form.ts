import type { Context } from "../context.ts";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { applyFact } from "../recording/apply-fact.ts";
import { changesOf, NOTHING, startChanges } from "../recording/changes.ts";
import { commit } from "../recording/record-fact.ts";
import { openSealedForm } from "../security/sealed-form.ts";

/**
 * Reads a payment's form for the buyer's browser. A buyer who comes back, or comes after a link scanner, gets it again as long as the gateway
 * was not heard: posting it then is what the first visit was for. Nothing is handed out once the payment may be on its way or must not be
 * paid: a fact of the gateway or the payment's end removed the form, the order was paid, or a later checkout superseded the payment.
 *
 * @returns `"lost"` if the secret that encrypted the form is not configured any more
 */
export async function takeForm(context: Context, paymentId: PaymentId): Promise<FormAction | "lost" | undefined> {
  const known = await context.store.payment(paymentId);
  if (known?.next?.kind !== "form") return undefined;
  const form = openSealedForm(context.keyring, paymentId, known.next.sealed);
  if (form === undefined) {
    context.logger.error("A form cannot be decrypted: add the secret that encrypted it to the configured secrets.", {
      paymentId,
    });
    return "lost";
  }
  const history = await context.store.history(paymentId);
  const isFirst = !history.some(({ fact }) => fact.kind === "form_opened");
  const at = context.now();
  const query = { merchantAccount: known.payment.merchantAccount, paymentId };
  const mayPay = await commit(context, query, (ids, found) => {
    const { orderPaidBy, record } = found;
    if (record?.next?.kind !== "form") return { changes: NOTHING, result: false };
    const { state, superseded } = record.payment;
    const result = state === "pending" && superseded === undefined && orderPaidBy === undefined;
    // A visit at the same moment may have been recorded since.
    if (!result || !isFirst || record.version !== known.version) return { changes: NOTHING, result };
    const pending = startChanges(record);
    applyFact({ ids, at, found }, pending, { kind: "form_opened" });
    return { changes: changesOf(pending), result };
  });
  return mayPay ? form : undefined;
}
