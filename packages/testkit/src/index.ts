export type { Callback, Place } from "./provider/fixtures/places.ts";
export type * from "./provider/fixtures/provider-fixtures.ts";
export type * from "./provider/fixtures/wire.ts";
export { type ProviderSuite, providerContract } from "./provider-contract.ts";
export { type StoreSuite, storeContract } from "./store-contract.ts";
