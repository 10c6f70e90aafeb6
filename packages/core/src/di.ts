// tsyringe throws when it loads without this.
import "reflect-metadata";

/** The `container` of tsyringe, loaded after reflect-metadata. */
export { container } from "tsyringe";
export type { NamedProvider } from "./contract/providers.ts";
export { CLOCK, LOGGER, PAY, PAYMENT_PROVIDERS, PAYMENT_STORE } from "./di-tokens.ts";
