import { callbackAddress } from "../callbacks/address.ts";
import type { Context } from "../context.ts";
import type { CheckoutResult } from "../contract/checkout.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { PayError } from "../model/errors.ts";
import { merchantReferenceOf, type PaymentId } from "../model/ids.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { refundedRule } from "../orders/read-order.ts";
import { type Checkout, openInOrder } from "../recording/open-in-order.ts";
import { recordFact } from "../recording/record-fact.ts";
import { awaitOtherCall } from "./await-other-call.ts";
import { closeAtGateways } from "./close-at-gateways.ts";
import { createAtProvider } from "./create-at-provider.ts";
import { refuseOtherRequest } from "./idempotency.ts";
import { newPayment, openingEntry } from "./new-payment.ts";
import { type CheckedRequest, checkRequest, type LooseRequest, optionsOf } from "./request.ts";
import { type Attempted, attempted, describe, IF_PRUNED, reasonIn, superseded } from "./result.ts";
import { orUnavailable } from "./store-errors.ts";

/**
 * Opens a payment and creates it at the gateway. With several providers, the next one is tried only if the one before certainly did not
 * take the payment. The result is committed before it is returned.
 */
export async function checkout(context: Context, loose: LooseRequest): Promise<CheckoutResult> {
  const request = checkRequest(loose, context.offeredProviders, context.defaultProviderName);
  const last = request.chosen.length - 1;
  const mayRepeat = request.allowRepeat
    ? await orUnavailable(refundedRule(context.store, request.orderId), "The order could not be read.")
    : undefined;
  let previous: PaymentId | undefined;
  for (const [attempt, { provider }] of request.chosen.entries()) {
    const opened = newPayment(context, request, attempt);
    const { repriced, saved } = await open(context, opened, { previous, mayRepeat });
    previous = opened.payment.id;
    if (saved.kind === "order_paid") {
      const { paymentId, supersededPayments } = saved;
      throw supersededPayments === undefined
        ? alreadyPaid(paymentId, request)
        : notSentBack(paymentId, supersededPayments);
    }
    if (saved.kind === "superseded") throw superseded({ providerName: opened.payment.providerName });
    let done: Attempted;
    if (saved.kind === "exists") {
      refuseOtherRequest(context.keyring, saved.record, request);
      previous = saved.record.payment.id;
      done = await awaitOtherCall(context, saved.record);
    } else {
      const closing = closeAtGateways(context, repriced);
      done = await tryProvider(context, request, opened, provider).finally(() => closing);
    }
    if (done.kind === "ready") return done.result;
    if (!done.movesOn || attempt === last) throw done.error;
  }
  throw new Error("unreachable: every attempt returns or throws");
}

/** Saves the payment, unless its order forbids it. Returns the payments that learned what the order costs now, too. */
async function open(context: Context, opened: PaymentRecord, checkout: Checkout) {
  let repriced: readonly Payment[] = [];
  const inserting = context.store.insert({
    record: opened,
    entry: openingEntry(opened),
    decide(order) {
      const decision = openInOrder(opened, checkout, order);
      const changes = decision.kind === "open" ? decision.changes : [];
      repriced = changes.flatMap(({ record }) => (record === undefined ? [] : [record.payment]));
      return decision;
    },
  });
  const saved = await orUnavailable(inserting, "The payment could not be saved, so the gateway was not asked.");
  return { saved, repriced };
}

function notSentBack(paymentId: PaymentId, paymentIds: readonly PaymentId[]): PayError {
  const message =
    paymentIds.length === 1
      ? "A payment of this amount was paid while the order cost another one: do not charge again. Accept its superseded_paid review, so that it pays the order, or send its money back."
      : "Several payments of this amount (paymentIds) were paid while the order cost another one: do not charge again. Accept the superseded_paid review of one, so that it pays the order, and send the money of the others back.";
  return new PayError("ORDER_ALREADY_PAID", message, { paymentId, paymentIds });
}

function alreadyPaid(paymentId: PaymentId, { allowRepeat }: CheckedRequest): PayError {
  const message = allowRepeat
    ? "The order is already paid, and not all of it is known to be sent back: refund the rest first."
    : "The order is already paid: do not charge again, and deliver it unless it was refunded. If it was refunded in full and may be paid again, set allowRepeat.";
  return new PayError("ORDER_ALREADY_PAID", `${message} ${IF_PRUNED}`, {
    paymentId,
    ...(allowRepeat && { field: "allowRepeat" }),
  });
}

async function tryProvider(
  context: Context,
  request: CheckedRequest,
  record: PaymentRecord,
  provider: AnyProvider,
): Promise<Attempted> {
  const { payment } = record;
  const fact = await createAtProvider(context, payment.providerName, provider, {
    paymentId: payment.id,
    merchantReference: merchantReferenceOf(payment.id),
    amount: payment.amount,
    description: payment.description,
    buyer: request.buyer,
    callbackUrl: callbackAddress(context, payment.providerName, payment.id, provider),
    returnUrl: record.returnUrl,
    options: optionsOf(request.options, payment.providerName),
  });
  if (fact.kind !== "create_accepted") {
    const message =
      fact.kind === "create_unknown"
        ? "It is not known whether the gateway has a payment."
        : "The gateway did not accept a payment.";
    context.logger.warn(message, { ...describe(record), outcome: fact.kind, reason: reasonIn(fact) });
  }
  const providerReference = fact.kind === "create_accepted" ? fact.providerReference : undefined;
  const recording = recordFact(context, {
    query: {
      merchantAccount: payment.merchantAccount,
      paymentId: payment.id,
      ...(providerReference !== undefined && { providerReference, adopt: true }),
    },
    fact,
    traits: provider.traits,
  });
  const recorded = await orUnavailable(
    recording,
    "The gateway's answer could not be stored, so the buyer must not be sent to pay.",
    record,
  );
  if (!("record" in recorded)) {
    throw new PayError("STORE_UNAVAILABLE", "The payment is missing from the store.", { paymentId: payment.id });
  }
  // What superseded it, or paid its order, could not cancel what the gateway did not have yet.
  await closeAtGateways(context, [recorded.record.payment], recorded.orderPaidBy);
  return attempted(context, recorded, fact);
}
