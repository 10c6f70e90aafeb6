import type { CheckoutResult } from "@pay/core";
import type { Shop } from "./shop.ts";

/** Address of Sellly's genuine notification of a success, with some of its parameters changed. */
export function notification(shop: Shop, payment: CheckoutResult, changes: Record<string, string> = {}): string {
  const url = new URL(shop.callback(payment, true).url);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return url.href;
}

/** Posts JSON, or a text as it is. */
export function post(url: string, body: unknown): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: text });
}
