import type { Money } from "../model/money.ts";
import type { NextAction, Payment } from "../model/payment.ts";
import type { Buyer, BuyerField, Capability, PaymentProvider, ProviderMembers } from "./provider.ts";

// biome-ignore lint/suspicious/noExplicitAny: the bound of an inferred type; each provider keeps its own
export type AnyProvider = PaymentProvider<any, any>;
export type Providers = Readonly<Record<string, AnyProvider>>;

/** A provider with its configured name. Register one per provider. */
export interface NamedProvider {
  readonly providerName: string;
  readonly provider: AnyProvider;
}

export type ProviderNameOf<P extends Providers> = keyof P & string;
export type OptionsOf<T> = T extends ProviderMembers<infer O, infer _> ? O : never;
export type RequiredBuyerFieldsOf<T> = T extends ProviderMembers<infer _, infer N> ? N : never;
/** Names of the providers with this capability; any name if the providers are unknown to the compiler. */
export type ProviderNameThatCan<P extends Providers, C extends Capability> = 0 extends 1 & P
  ? string
  : { readonly [K in ProviderNameOf<P>]: P[K] extends Readonly<Record<C, unknown>> ? K : never }[ProviderNameOf<P>];

/** The buyer with every field that one of the named providers requires; any buyer if the providers are unknown to the compiler. */
export type BuyerFor<P extends Providers, N extends ProviderNameOf<P>> = 0 extends 1 & P
  ? Buyer
  : Buyer & Required<Pick<Buyer, RequiredBuyerFieldsOf<P[N]> & BuyerField>>;

/** What to pay for. TypeScript infers `P`, the configured providers, and `N`, the ones chosen here. */
export interface CheckoutRequest<P extends Providers, N extends ProviderNameOf<P>> {
  /** The shop's order, 1 to 200 characters. Pay lets an order be paid once. */
  readonly orderId: string;
  /** Positive, in a currency that every chosen provider accepts. */
  readonly amount: Money;
  /** Configured name, or several to try in turn. @default the configured `default` */
  readonly providerName?: N | readonly N[];
  /** Text for the buyer, if the gateway shows it. 1 to 200 characters. */
  readonly description: string;
  /** Where the buyer returns to; Pay appends `payment=<id>`. One address, or one for a paid payment and one for any other. */
  readonly returnUrl: string | { readonly success: string; readonly failure: string };
  readonly buyer: NoInfer<BuyerFor<P, N>>;
  /** Options of the provider's own, by configured name. */
  readonly options?: { readonly [K in NoInfer<N>]?: OptionsOf<P[K]> };
  /**
   * Makes a repeated call return the first call's payment instead of opening a second one. 1 to 200 characters. A different request with
   * the same key is refused with `IDEMPOTENCY_CONFLICT`.
   *
   * @default none: each call opens a payment
   */
  readonly idempotencyKey?: string;
}

/** A saved payment, and the buyer's next step. */
export interface CheckoutResult extends Payment {
  readonly next: NextAction;
}
