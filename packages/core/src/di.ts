// tsyringe refuses to load without it.
import "reflect-metadata";

/** tsyringe's own, loaded in the right order. */
export { container } from "tsyringe";
export type { NamedProvider } from "./contract/checkout.ts";
export { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di-tokens.ts";
