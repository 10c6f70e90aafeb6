export type { PostgresOptions } from "./options.ts";
export { postgresStore, storePackage } from "./store.ts";
