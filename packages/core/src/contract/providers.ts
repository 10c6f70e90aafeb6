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
