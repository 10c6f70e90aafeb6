import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PaymentStore } from "@pay/core";
import { postgresStore } from "@pay/postgres";
import { sqliteStore } from "@pay/sqlite";
import { startPostgres, type TestServer } from "../../packages/postgres/test/server.ts";

/** New databases of each kind, with any number of stores on each, as several processes have. */
export interface Databases {
  /** Creates an empty database, and returns a function that opens a store on it. */
  readonly sqlite: () => Promise<() => PaymentStore>;
  readonly postgres: () => Promise<() => PaymentStore>;
  close(): Promise<void>;
}

export async function startDatabases(): Promise<Databases> {
  const folder = mkdtempSync(join(tmpdir(), "pay-stores-"));
  let server: Promise<TestServer> | undefined;
  let files = 0;
  return {
    async sqlite() {
      const path = join(folder, `${++files}.db`);
      return () => sqliteStore(path);
    },
    async postgres() {
      server ??= startPostgres();
      const url = await (await server).database();
      return () => postgresStore(url);
    },
    async close() {
      await (await server)?.close();
      rmSync(folder, { recursive: true });
    },
  };
}
