import { type AnyPay, isPayError } from "@pay/core";
import type { Order, Orders } from "./orders.ts";
import type { Language } from "./texts.ts";

/** The part of Pay that the shop uses. */
export type DemoPay = Pick<AnyPay, "checkout" | "payments" | "deliveries" | "reviews">;

export interface CheckoutParts {
  readonly pay: DemoPay;
  readonly orders: Orders;
  /** Where the shop is reached, without a slash at the end. */
  readonly shopUrl: string;
}

/** What came of the button: an address to send the buyer to, or what Pay objects to. */
export type CheckoutOutcome =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "refused"; readonly what: string };

/** Opens a payment of the order with what the form says. The same key never opens a second one. */
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
      // None is the configuration's choice.
      ...(provider !== null && { providerName: provider }),
      description: order.item.name[language],
      returnUrl: orderPage,
      // Everyone is on this machine here; a shop behind a proxy takes the address its proxy vouches for.
      buyer: { ip: "127.0.0.1", email: form.get("email") ?? "", language },
      idempotencyKey,
    });
    if (next.kind === "wait") return { kind: "redirect", url: orderPage };
    orders.opened(order.id, next.url);
    return { kind: "redirect", url: next.url };
  } catch (error) {
    if (!isPayError(error)) throw error;
    const { code, field } = error;
    // The order's page knows more than a message here could say.
    if (code === "OUTCOME_UNKNOWN" || code === "ORDER_ALREADY_PAID") return { kind: "redirect", url: orderPage };
    return { kind: "refused", what: field === undefined ? code : `${code}: ${field}` };
  }
}
