import { callbackAddress } from "../callbacks/address.ts";
import type { Context } from "../context.ts";
import type { CheckoutResult } from "../contract/checkout.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { PayError } from "../model/errors.ts";
import { merchantReferenceOf } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { recordFact } from "../recording/record-fact.ts";
import { awaitOtherCall } from "./await-other-call.ts";
import { createAtProvider } from "./create-at-provider.ts";
import { refuseOtherRequest } from "./idempotency.ts";
import { newPayment, openingEntry } from "./new-payment.ts";
import { type CheckedRequest, checkRequest, type LooseRequest, optionsOf } from "./request.ts";
import { type Attempted, attempted, describe, reasonIn } from "./result.ts";
import { orUnavailable } from "./store-errors.ts";

/**
 * Opens a payment and creates it at the gateway. With several providers, the next one is tried only if the one before certainly did not
 * take the payment. The result is committed before it is returned.
 */
export async function checkout(context: Context, loose: LooseRequest): Promise<CheckoutResult> {
  const request = checkRequest(loose, context.offeredProviders, context.defaultProviderName);
  const last = request.chosen.length - 1;
  for (const [attempt, { provider }] of request.chosen.entries()) {
    const opened = newPayment(context, request, attempt);
    const inserting = context.store.insert({ record: opened, entry: openingEntry(opened) });
    const saved = await orUnavailable(inserting, "The payment could not be saved, so the gateway was not asked.");
    if (saved.kind === "order_paid") {
      throw new PayError("ORDER_ALREADY_PAID", "The order is already paid: deliver it, and do not charge again.", {
        paymentId: saved.paymentId,
      });
    }
    let done: Attempted;
    if (saved.kind === "exists") {
      refuseOtherRequest(context.keyring, saved.record, request);
      done = await awaitOtherCall(context, saved.record);
    } else {
      done = await tryProvider(context, request, opened, provider);
    }
    if (done.kind === "ready") return done.result;
    if (!done.movesOn || attempt === last) throw done.error;
  }
  throw new Error("unreachable: every attempt returns or throws");
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
    failureIsFinal: provider.traits.failureIsFinal,
  });
  const recorded = await orUnavailable(
    recording,
    "The gateway's answer could not be stored, so the buyer must not be sent to pay.",
    record,
  );
  if (!("record" in recorded)) {
    throw new PayError("STORE_UNAVAILABLE", "The payment is missing from the store.", { paymentId: payment.id });
  }
  return attempted(context, recorded.record, fact);
}
