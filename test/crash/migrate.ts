import { sqliteStore } from "@pay/sqlite";

/** Makes the tables beforehand, so that they can be read whoever dies first. */
export async function migrate(path: string): Promise<void> {
  const store = sqliteStore(path);
  await store.start();
  await store.close();
}
