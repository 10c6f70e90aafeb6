import { callbackToken } from "@pay/core/internal";
import type { PaymentRecord } from "@pay/core/store";
import { keyring, SELLLY } from "../seed/records.ts";
import type { Target } from "./load.ts";

/** The notification from Sellly's documentation, with every parameter that it names. */
export function selllyCallback({ payment }: PaymentRecord): Target {
  const query = new URLSearchParams({
    secret_key: SELLLY.secretKey,
    id: payment.providerReference!,
    operator: "cashbill",
    operator_id: "TEST_1234567890",
    payment_channel: "blik",
    email: "buyer@example.com",
    status: "OK",
  });
  return { method: "GET", path: `/pay/callbacks/cards?${query}` };
}

/** GOSetti's callback, to the payment's own address. */
export function gosettiCallback({ payment }: PaymentRecord): Target {
  return {
    method: "POST",
    path: `/pay/callbacks/psc/${payment.id}/${callbackToken(keyring.current, "psc", payment.id)}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ PaySafeCardTransactionId: payment.providerReference, Finished: true }),
  };
}

/** Payments that are open at the same time. */
const UNDER_WAY = 500;

/** Mixes callbacks as they arrive in practice: buyers of the last minutes finish in any order. The order is the same in every run. */
export function mixed<T>(items: readonly T[]): readonly T[] {
  const all = [...items];
  let state = 42;
  for (let at = 0; at < all.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = at + (state % Math.min(UNDER_WAY, all.length - at));
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}
