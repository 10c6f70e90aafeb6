import type { PaymentRecord } from "./payment.ts";

/** Where the buyer goes on in the shop: the success address only for a paid payment. What it shows, the shop asks `pay` first. */
export function returnAddress({ payment, returnUrl }: PaymentRecord): string {
  return payment.state === "succeeded" ? returnUrl.success : returnUrl.failure;
}

/** A return address with `payment=` appended, so that the page knows what to ask for. */
export function withPayment(address: string, paymentId: string): string {
  const url = new URL(address);
  url.searchParams.append("payment", paymentId);
  return url.href;
}
