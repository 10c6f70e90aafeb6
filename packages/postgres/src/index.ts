export { type PostgresOptions, postgresStore, storePackage } from "./store.ts";
