import type { Context } from "../context.ts";
import type { HistoryEntry } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { withPayment } from "../model/return-address.ts";
import { buyerDigest } from "../security/buyer-digest.ts";
import { requestDigests } from "./idempotency.ts";
import type { CheckedRequest } from "./request.ts";

/** A new payment as it is saved before its gateway is called. */
export function newPayment(
  { ids, keyring, now }: Pick<Context, "ids" | "keyring" | "now">,
  request: CheckedRequest,
  attempt: number,
): PaymentRecord {
  const { providerName, provider } = request.chosen[attempt]!;
  const at = now();
  // The id carries the moment of creation, whatever the clock does meanwhile: lists find payments of a period by their ids.
  const id = ids.payment(at);
  const { email } = request.buyer;
  const key = request.idempotencyKey;
  return {
    payment: {
      id,
      orderId: request.orderId,
      state: "created",
      amount: request.amount,
      description: request.description,
      providerName,
      adapter: provider.name,
      merchantAccount: provider.merchantAccount,
      createdAt: at,
      updatedAt: at,
      expiresAt: at + provider.traits.expiresAfterSeconds * 1000,
    },
    version: 1,
    cause: "opened",
    reversed: false,
    returnUrl: returnUrlOf(request, id),
    keyId: keyring.current.id,
    ...(email !== undefined && { buyerDigest: buyerDigest(keyring, email) }),
    ...(key !== undefined && { checkout: { key, attempt, digests: requestDigests(keyring.current, request) } }),
  };
}

/** Most shops give one address for both: then it is parsed once. */
function returnUrlOf({ returnUrl: { success, failure } }: CheckedRequest, id: PaymentId): PaymentRecord["returnUrl"] {
  const afterSuccess = withPayment(success, id);
  return { success: afterSuccess, failure: failure === success ? afterSuccess : withPayment(failure, id) };
}

/** The first entry of the payment's history. */
export function openingEntry({ payment }: PaymentRecord): HistoryEntry {
  return { sequence: 1, at: payment.createdAt, fact: { kind: "opened" }, from: "created", to: "created", reviews: [] };
}
