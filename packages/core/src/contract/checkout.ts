import type { Money } from "../model/money.ts";
import type { NextAction, Payment } from "../model/payment.ts";
import type { Buyer, BuyerField, Capability, PaymentProvider, ProviderMembers } from "./provider.ts";

// biome-ignore lint/suspicious/noExplicitAny: the bound of an inferred type; each provider keeps its own
export type AnyProvider = PaymentProvider<any, any>;
export type Providers = Readonly<Record<string, AnyProvider>>;

/** A provider under its instance name. Register one per provider. */
export interface NamedProvider {
  readonly providerName: string;
  readonly provider: AnyProvider;
}

export type ProviderNameOf<P extends Providers> = keyof P & string;
export type OptionsOf<T> = T extends ProviderMembers<infer O, infer _> ? O : never;
export type RequiredBuyerFieldsOf<T> = T extends ProviderMembers<infer _, infer N> ? N : never;
/** Names of the providers that can do it; any name where the providers are not known. */
export type ProviderNameThatCan<P extends Providers, C extends Capability> = 0 extends 1 & P
  ? string
  : { readonly [K in ProviderNameOf<P>]: P[K] extends Readonly<Record<C, unknown>> ? K : never }[ProviderNameOf<P>];

/** The buyer with every field that one of the named providers needs; any buyer where the providers are not known. */
export type BuyerFor<P extends Providers, N extends ProviderNameOf<P>> = 0 extends 1 & P
  ? Buyer
  : Buyer & Required<Pick<Buyer, RequiredBuyerFieldsOf<P[N]> & BuyerField>>;

/** What to pay for. `P` and `N` are inferred: the configured providers, and the ones chosen here. */
export interface CheckoutRequest<P extends Providers, N extends ProviderNameOf<P>> {
  /** The shop's order, 1 to 200 characters. An order is paid once. */
  readonly orderId: string;
  /** Positive, in a currency every chosen provider takes. */
  readonly amount: Money;
  /** Instance name, or several to try in turn. @default the configured `default` */
  readonly providerName?: N | readonly N[];
  /** What the buyer reads, where the gateway shows it. 1 to 200 characters. */
  readonly description: string;
  /** Where the buyer comes back to; `payment=<id>` is appended. One address, or one for paid and one for everything else. */
  readonly returnUrl: string | { readonly success: string; readonly failure: string };
  readonly buyer: NoInfer<BuyerFor<P, N>>;
  /** Choices of the provider's own, by instance name. */
  readonly options?: { readonly [K in NoInfer<N>]?: OptionsOf<P[K]> };
  /**
   * Makes a repeated call return the first call's payment instead of a second one. 1 to 200 characters.
   * Under the same key another request is refused with `IDEMPOTENCY_CONFLICT`.
   */
  readonly idempotencyKey?: string;
}

/** A saved payment, and where the buyer goes now. */
export interface CheckoutResult extends Payment {
  readonly next: NextAction;
}
