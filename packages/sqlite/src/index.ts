export { backupDatabase } from "./backup.ts";
export { sqliteStore, storePackage } from "./store.ts";
