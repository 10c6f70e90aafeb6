import type { PaymentRecord } from "./payment.ts";

/** The shop address at which the buyer continues: `success` only for a paid payment. The shop's page must still ask `pay` for the state. */
export function returnAddress({ payment, returnUrl }: PaymentRecord): string {
  return payment.state === "succeeded" ? returnUrl.success : returnUrl.failure;
}

/** Appends `payment=<id>` to a return address, so that the shop's page knows which payment to ask for. */
export function withPayment(address: string, paymentId: string): string {
  const url = new URL(address);
  url.searchParams.append("payment", paymentId);
  return url.href;
}
