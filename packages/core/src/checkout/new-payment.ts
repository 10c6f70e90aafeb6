import { buyerDigest } from "../callbacks/handle.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { HistoryEntry } from "../model/fact.ts";
import type { Ids, PaymentId } from "../model/ids.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { withPayment } from "../model/return-address.ts";
import { callbackToken } from "../security/callback-tokens.ts";
import type { Keyring } from "../security/keyring.ts";
import { requestDigests } from "./idempotency.ts";
import type { CheckedRequest } from "./request.ts";

export interface NewPaymentDeps {
  readonly now: () => number;
  readonly ids: Ids;
  readonly keyring: Keyring;
  /** Public address of the handler, without a final slash. */
  readonly baseUrl: string;
}

/** A new payment as it is saved before its gateway is asked. */
export function newPayment(deps: NewPaymentDeps, request: CheckedRequest, attempt: number): PaymentRecord {
  const { providerName, provider } = request.chosen[attempt]!;
  const at = deps.now();
  // Of the very moment it was created, whatever the clock does meanwhile: a list finds payments of a time by their ids.
  const id = deps.ids.payment(at);
  const { email } = request.buyer;
  const key = request.idempotencyKey;
  return {
    payment: {
      id,
      orderId: request.orderId,
      state: "created",
      amount: request.amount,
      description: request.description,
      providerName: providerName,
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
    keyId: deps.keyring.current.id,
    ...(email !== undefined && { buyerDigest: buyerDigest(deps.keyring, email) }),
    ...(key !== undefined && {
      checkout: { key, attempt, digests: requestDigests(deps.keyring.current, request) },
    }),
  };
}

/** Most shops give one address for both, which is read once. */
function returnUrlOf({ returnUrl: { success, failure } }: CheckedRequest, id: PaymentId): PaymentRecord["returnUrl"] {
  const afterSuccess = withPayment(success, id);
  return { success: afterSuccess, failure: failure === success ? afterSuccess : withPayment(failure, id) };
}

/** The first line of its history. */
export function openingEntry({ payment }: PaymentRecord): HistoryEntry {
  return {
    sequence: 1,
    at: payment.createdAt,
    fact: { kind: "opened" },
    from: "created",
    to: "created",
    reviews: [],
  };
}

/** Where the gateway calls back: the payment's own address where that proves the caller, else the instance's fixed one. */
export function callbackAddress(
  { baseUrl, keyring }: Pick<NewPaymentDeps, "baseUrl" | "keyring">,
  providerName: string,
  paymentId: PaymentId,
  provider: AnyProvider,
): string {
  const fixed = `${baseUrl}/callbacks/${providerName}`;
  if (provider.traits.callback.correlation !== "callback-url") return fixed;
  return `${fixed}/${paymentId}/${callbackToken(keyring.current, providerName, paymentId)}`;
}
