export { type StoreSuite, storeContract } from "./store-contract.ts";
