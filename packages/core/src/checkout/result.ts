import type { Context } from "../context.ts";
import type { CheckoutResult } from "../contract/checkout.ts";
import { PayError, type PayErrorDetails } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import { type NextAction, OPEN_STATES, type PaymentRecord, type SealedForm } from "../model/payment.ts";
import { formToken } from "../security/sealed-form.ts";

/** The remedy for a paid order whose payment is not in the store any more: it counts as paid, also if it was refunded. */
export const IF_PRUNED = "If its payment was pruned, Pay does not know what was sent back: use another orderId.";

/** The result of one attempt at a provider. `movesOn`: another provider may be tried. */
export type Attempted =
  | { readonly kind: "ready"; readonly result: CheckoutResult }
  | { readonly kind: "not_ready"; readonly error: PayError; readonly movesOn: boolean };

/** A payment, and the one that paid its order, read at one moment. */
export interface InOrder {
  readonly record: PaymentRecord;
  readonly orderPaidBy: PaymentId | undefined;
}

/**
 * What the shop gets for a payment as it is now.
 *
 * @param fact the gateway's answer to create, if there is one
 */
export function attempted(context: Context, { orderPaidBy, record }: InOrder, fact: Fact | undefined): Attempted {
  const { payment } = record;
  const details = describe(record);
  const fail = (error: PayError, movesOn = false): Attempted => ({ kind: "not_ready", error, movesOn });
  if (payment.state === "succeeded") return { kind: "ready", result: { ...payment, next: { kind: "wait" } } };
  if (orderPaidBy !== undefined) return fail(paidByAnother(orderPaidBy));
  if (payment.superseded !== undefined) return fail(superseded(details));
  if (payment.state === "pending" && record.next !== undefined) {
    return { kind: "ready", result: { ...payment, next: nextOf(context, payment.id, record.next) } };
  }
  if (OPEN_STATES.includes(payment.state)) {
    const message =
      payment.state === "pending"
        ? "The gateway has the payment, but its answer with the buyer's next step was lost, so the buyer cannot be sent to pay. Start another payment only if the buyer asks."
        : "It is not known yet whether the gateway took the payment.";
    return fail(new PayError("OUTCOME_UNKNOWN", message, details));
  }
  if (fact?.kind === "create_not_sent" || (fact?.kind === "create_rejected" && fact.retryable)) {
    const providerCode = fact.kind === "create_rejected" ? fact.providerCode : undefined;
    const again = record.checkout === undefined ? "try again later" : "try again later, with a new idempotency key";
    const message = `The gateway did not take the payment (${reasonIn(fact)}); ${again}.`;
    return fail(new PayError("PROVIDER_UNAVAILABLE", message, { ...details, providerCode }), true);
  }
  if (fact?.kind === "create_rejected") {
    const { providerCode, field } = fact;
    const message = `The gateway refused the payment (${reasonIn(fact)}).`;
    return fail(new PayError("CREATE_REJECTED", message, { ...details, providerCode, field }));
  }
  const message = `The payment is ${payment.state}; start another one with a new key.`;
  return fail(new PayError("CREATE_REJECTED", message, details));
}

/** The buyer must not be sent to pay what the order does not cost any more. */
export function superseded(details: PayErrorDetails): PayError {
  const message =
    "A later checkout opened the order with another amount: check out again with the amount of the order and a new idempotency key.";
  return new PayError("SUPERSEDED", message, details);
}

/** The buyer must not be sent to pay an order twice: another payment paid it while this one was open. */
function paidByAnother(paymentId: PaymentId): PayError {
  const message =
    "The order is already paid, by another payment: do not charge again, and deliver it unless it was refunded. If it was refunded in full and may be paid again, set allowRepeat and use a new idempotency key.";
  return new PayError("ORDER_ALREADY_PAID", `${message} ${IF_PRUNED}`, { paymentId });
}

/** A form never reaches the shop: the buyer is sent to the address where Pay serves it. */
function nextOf({ baseUrl, keyring }: Context, id: PaymentId, next: NextAction | SealedForm): NextAction {
  if (next.kind !== "form") return next;
  return { kind: "redirect", url: `${baseUrl}/redirect/${id}/${formToken(keyring.current, id)}` };
}

export function describe({ payment }: PaymentRecord): {
  readonly paymentId: PaymentId;
  readonly providerName: string;
} {
  return { paymentId: payment.id, providerName: payment.providerName };
}

/** Why a create was not accepted, as a code of the network, of HTTP or of the gateway. */
export function reasonIn(fact: Fact): string {
  if (fact.kind === "create_rejected") return [fact.code, fact.providerCode].filter(Boolean).join(" ");
  return ("reason" in fact && fact.reason) || "no reason";
}
