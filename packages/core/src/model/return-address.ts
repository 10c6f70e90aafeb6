import type { PaymentRecord } from "./payment.ts";

/** The shop address at which the buyer continues: `success` only for a paid payment. The shop's page must still ask `pay` for the state. */
export function returnAddress({ payment, returnUrl }: PaymentRecord): string {
  return payment.state === "succeeded" ? returnUrl.success : returnUrl.failure;
}

/**
 * Appends `payment=<id>` to a return address, so that the shop's page knows which payment to ask for. As text, because `searchParams` would
 * write the shop's own query anew, in another encoding. Only what no header can carry is percent-encoded.
 */
export function withPayment(address: string, paymentId: string): string {
  const [, place, query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address)!;
  const joined = query === "" ? "?" : /[?&]$/.test(query) ? query : `${query}&`;
  return new URL(place!).href + portable(`${joined}payment=${paymentId}${fragment}`);
}

function portable(text: string): string {
  return text.toWellFormed().replace(/[^!-~]/gu, encodeURIComponent);
}
