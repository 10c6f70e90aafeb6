// Compiled, never run: what the types promise to an app.
import type { PaymentProvider } from "@pay/core/adapter";
import { type GoSettiPscCheckoutOptions, goSettiPsc } from "./index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type OptionsOf<T> = T extends PaymentProvider<infer O, infer _> ? O : never;
type RequiredBuyerFieldsOf<T> = T extends PaymentProvider<infer _, infer N> ? N : never;

const provider = goSettiPsc({ userId: 1234 });
export const carriesOptions: Equal<OptionsOf<typeof provider>, GoSettiPscCheckoutOptions> = true;
export const carriesNeeds: Equal<RequiredBuyerFieldsOf<typeof provider>, "ip"> = true;

export const noOptions: OptionsOf<typeof provider> = {};
// @ts-expect-error there is nothing to choose per checkout
export const anOption: OptionsOf<typeof provider> = { paymentMethod: "blik" };

goSettiPsc({
  userId: 1,
  finishedFalse: "pending",
  fallbackReturnUrl: "https://shop.example/",
  expiresAfterSeconds: 60,
  baseUrl: "http://localhost",
});
// @ts-expect-error userId is required
goSettiPsc({});
// @ts-expect-error a number, not its text
goSettiPsc({ userId: "1234" });
// @ts-expect-error one of two readings
goSettiPsc({ userId: 1, finishedFalse: "succeeded" });
// @ts-expect-error a misspelt option
goSettiPsc({ userId: 1, baseURL: "https://gosetti.pl" });
