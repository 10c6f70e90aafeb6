// Compiled, never run: what the types promise to an app.
import type { PaymentProvider } from "@pay/core/adapter";
import { type SelllyCheckoutOptions, sellly } from "./index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type OptionsOf<T> = T extends PaymentProvider<infer O, infer _> ? O : never;
type RequiredBuyerFieldsOf<T> = T extends PaymentProvider<infer _, infer N> ? N : never;

const provider = sellly({ shopId: "SHOP1", secretKey: "key", operator: "cashbill" });
export const carriesOptions: Equal<OptionsOf<typeof provider>, SelllyCheckoutOptions> = true;
export const carriesNeeds: Equal<RequiredBuyerFieldsOf<typeof provider>, "ip" | "email" | "language"> = true;

export const options: OptionsOf<typeof provider> = {
  operator: "stripe",
  paymentMethod: "card",
  currencyConverter: "PLN",
};
// @ts-expect-error a misspelt option
export const misspelt: OptionsOf<typeof provider> = { method: "blik" };
// @ts-expect-error an operator Sellly does not have
export const operator: OptionsOf<typeof provider> = { operator: "paypal" };

sellly({
  shopId: "SHOP1",
  secretKey: ["current", "next"],
  operator: "stripe",
  currencyConverter: "PLN",
  expiresAfterSeconds: 60,
  baseUrl: "http://localhost",
});
// @ts-expect-error operator is required
sellly({ shopId: "SHOP1", secretKey: "key" });
// @ts-expect-error at least one key
sellly({ shopId: "SHOP1", secretKey: [], operator: "cashbill" });
// @ts-expect-error only PLN
sellly({ shopId: "SHOP1", secretKey: "key", operator: "cashbill", currencyConverter: "EUR" });
// @ts-expect-error a misspelt option
sellly({ shopId: "SHOP1", secretKey: "key", operator: "cashbill", secret: "key" });
