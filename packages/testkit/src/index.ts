export type * from "./provider/fixtures.ts";
export type { Callback, Place } from "./provider/places.ts";
export { type ProviderSuite, providerContract } from "./provider-contract.ts";
export { type StoreSuite, storeContract } from "./store-contract.ts";
