import { sqliteStore } from "@pay/sqlite";

/** Creates the tables first, so that they can be read whichever process dies. */
export async function migrate(path: string): Promise<void> {
  const store = sqliteStore(path);
  await store.start();
  await store.close();
}
