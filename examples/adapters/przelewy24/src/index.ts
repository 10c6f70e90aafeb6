export { adapter, type Przelewy24CheckoutOptions, type Przelewy24Options, przelewy24 } from "./przelewy24.ts";
