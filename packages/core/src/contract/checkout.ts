import type { Money } from "../model/money.ts";
import type { NextAction, Payment } from "../model/payment.ts";
import type { BuyerFor, OptionsOf, ProviderNameOf, Providers } from "./providers.ts";

/** What to pay for. TypeScript infers `P`, the configured providers, and `N`, the ones chosen here. */
export interface CheckoutRequest<P extends Providers, N extends ProviderNameOf<P>> {
  /** The shop's order, 1 to 200 characters. Pay lets an order be paid once; see `allowRepeat`. */
  readonly orderId: string;
  /** Positive, in a currency that every chosen provider accepts. */
  readonly amount: Money;
  /** Configured name, or several to try in turn. @default the configured `default` */
  readonly providerName?: N | readonly N[];
  /** Text for the buyer, if the gateway shows it. 1 to 200 characters. */
  readonly description: string;
  /**
   * Where the buyer returns to. Pay appends `payment=<id>` to the query, the last parameter of that name, and leaves the rest as you wrote
   * it. One address, or one for a paid payment and one for any other.
   */
  readonly returnUrl: string | { readonly success: string; readonly failure: string };
  readonly buyer: NoInfer<BuyerFor<P, N>>;
  /** Options of the provider's own, by configured name. */
  readonly options?: { readonly [K in NoInfer<N>]?: OptionsOf<P[K]> };
  /**
   * Makes a repeated call return the first call's payment instead of opening a second one. 1 to 200 characters. A different request with
   * the same key is refused with `IDEMPOTENCY_CONFLICT`; only the buyer's `ip` and `language` may differ.
   *
   * @default none: each call opens a payment
   */
  readonly idempotencyKey?: string;
  /**
   * Lets the order be paid once more if everything that was paid for it was sent back (`refunded`). Its next success is an ordinary
   * `payment.succeeded` again.
   *
   * Once the payment that paid the order is pruned, the order is refused all the same: Pay does not know any more what was sent back.
   *
   * @default false: a refunded order is refused with `ORDER_ALREADY_PAID`
   */
  readonly allowRepeat?: boolean;
}

/** A saved payment, and the buyer's next step. */
export interface CheckoutResult extends Payment {
  readonly next: NextAction;
}
