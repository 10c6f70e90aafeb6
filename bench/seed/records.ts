import { randomBytes } from "node:crypto";
import { createKeyring } from "@pay/core/internal";
import type { HistoryEntry, PaymentRecord, ProviderReference } from "@pay/core/store";
import { createIds } from "@pay/core/store";

export const SECRET = "a secret of the benchmarks, long enough to be one";
export const SELLLY = {
  shopId: "SHOP1",
  secretKey: "6b3f0c8e1d2a4f5b9c7d8e0f1a2b3c4d6b3f0c8e1d2a4f5b9c7d8e0f1a2b3c4d",
  operator: "cashbill",
} as const;
export const PSC = { userId: 1234 } as const;
export const keyring = createKeyring(SECRET);

const HOUR = 3_600_000;

/** A payment that waits for its buyer, as checkout leaves it. `at` is its creation, in Unix milliseconds. */
export function openPayment(
  providerName: "cards" | "psc",
  at: number,
): { record: PaymentRecord; history: readonly HistoryEntry[] } {
  const ids = createIds(() => at, randomBytes);
  const id = ids.payment();
  const adapter = providerName === "cards" ? "sellly" : "gosetti-psc";
  const providerReference = randomBytes(10).toString("hex") as ProviderReference;
  const next = { kind: "redirect", url: `https://pay.cashbill.pl/pl/payment/${providerReference}` } as const;
  const record: PaymentRecord = {
    payment: {
      id,
      orderId: `order-${id.slice(-12)}`,
      state: "pending",
      amount: { value: 1999, currency: "PLN" },
      description: "VIP for 30 days",
      providerName: providerName,
      adapter,
      merchantAccount: providerName === "cards" ? `sellly:${SELLLY.shopId}` : `gosetti-psc:${PSC.userId}`,
      providerReference,
      createdAt: at,
      updatedAt: at,
      expiresAt: at + 24 * HOUR,
    },
    version: 2,
    cause: "create_accepted",
    reversed: false,
    next,
    returnUrl: {
      success: `https://shop.example/thanks?payment=${id}`,
      failure: `https://shop.example/sorry?payment=${id}`,
    },
    keyId: keyring.current.id,
  };
  const history: readonly HistoryEntry[] = [
    { sequence: 1, at, fact: { kind: "opened" }, from: "created", to: "created", reviews: [] },
    {
      sequence: 2,
      at,
      fact: { kind: "create_accepted", providerReference, next },
      from: "created",
      to: "pending",
      reviews: [],
    },
  ];
  return { record, history };
}
