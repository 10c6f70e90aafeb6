import { isPayError } from "@pay/core";
import type { Order, Orders } from "./orders.ts";
import type { DemoPay } from "./shop.ts";
import type { Language } from "./texts.ts";

export interface CheckoutParts {
  readonly pay: DemoPay;
  readonly orders: Orders;
  /** Where the shop is reached, without a slash at the end. */
  readonly shopUrl: string;
}

/** The result of the button: an address to send the buyer to, or the field that Pay refuses. */
export type CheckoutOutcome =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "refused"; readonly what: string };

/** Opens a payment of the order from the form's fields. The same key never opens a second one. */
export async function checkout(
  { pay, orders, shopUrl }: CheckoutParts,
  order: Order,
  language: Language,
  form: URLSearchParams,
  idempotencyKey: string,
): Promise<CheckoutOutcome> {
  const orderPage = `${shopUrl}/orders/${order.id}?lang=${language}`;
  const provider = form.get("provider");
  try {
    const { next } = await pay.checkout({
      orderId: order.id,
      amount: order.item.price,
      // Without a name, the configured default is used.
      ...(provider !== null && { providerName: provider }),
      description: order.item.name[language],
      returnUrl: orderPage,
      // Every buyer of the demo is on this machine. A shop behind a proxy uses the address that its proxy reports.
      buyer: { ip: "127.0.0.1", email: form.get("email") ?? "", language },
      idempotencyKey,
    });
    if (next.kind === "wait") return { kind: "redirect", url: orderPage };
    orders.opened(order.id, next.url);
    return { kind: "redirect", url: next.url };
  } catch (error) {
    if (!isPayError(error)) throw error;
    const { code, field } = error;
    // The order's page says more than a message here could.
    if (code === "OUTCOME_UNKNOWN" || code === "ORDER_ALREADY_PAID") return { kind: "redirect", url: orderPage };
    return { kind: "refused", what: field === undefined ? code : `${code}: ${field}` };
  }
}
