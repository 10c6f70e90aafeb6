import { type AnyPay, isPayError, type PayErrorCode } from "@pay/core";
import type { Language } from "@pay/i18n";
import type { Order, Orders } from "./orders.ts";
import { TEXTS } from "./texts/index.ts";

/** The part of Pay that the shop uses. */
export type DemoPay = Pick<AnyPay, "checkout" | "orders" | "payments" | "deliveries" | "reviews">;

export interface CheckoutParts {
  readonly pay: DemoPay;
  readonly orders: Orders;
  /** The shop's address, without a trailing slash. */
  readonly shopUrl: string;
}

/** The address to which the buyer is redirected, or the code of Pay's error and the field that it names. */
export type CheckoutOutcome =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "refused"; readonly code: PayErrorCode; readonly field: string | undefined };

/** Opens a payment of the order with the values of the form. The same key never opens a second one. */
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
      // Without one, the configuration's default is used.
      ...(provider !== null && { providerName: provider }),
      description: TEXTS[language].items[order.item.id],
      returnUrl: orderPage,
      // All buyers of the demo are on this machine. A shop behind a proxy takes the address from its proxy.
      buyer: { ip: "127.0.0.1", email: form.get("email") ?? "", language },
      idempotencyKey,
    });
    if (next.kind === "wait") return { kind: "redirect", url: orderPage };
    orders.opened(order.id, next.url);
    return { kind: "redirect", url: next.url };
  } catch (error) {
    if (!isPayError(error)) throw error;
    const { code, field } = error;
    // The order's page shows more than a message could.
    if (code === "OUTCOME_UNKNOWN" || code === "ORDER_ALREADY_PAID") return { kind: "redirect", url: orderPage };
    return { kind: "refused", code, field };
  }
}
