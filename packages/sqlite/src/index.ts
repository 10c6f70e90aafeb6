export { backupDatabase } from "./backup.ts";
export { sqliteStore } from "./store.ts";
