export type { Przelewy24CheckoutOptions, Przelewy24Options } from "./przelewy24.ts";
export { adapter, przelewy24 } from "./przelewy24.ts";
