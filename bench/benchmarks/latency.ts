import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { PaymentRecord } from "@pay/core/store";
import { atMost, type Benchmark, type Context } from "../harness/benchmark.ts";
import { selllyCallback } from "../harness/callbacks.ts";
import { spreadOf } from "../harness/pairs.ts";
import { startServer } from "../harness/server.ts";
import { seedPostgres, withPostgres } from "../seed/postgres.ts";
import { seedSqlite } from "../seed/sqlite.ts";

const WATCHED = new URL("../ours/pay-watched.ts", import.meta.url);
const SAMPLES = 200;
const WARM_UP = 20;
/** Milliseconds until the end of a delivery is stored and nothing runs any more. */
const REST_MS = 20;

/** Milliseconds from the store's answer to the handler's start, for one callback after the other. */
async function measure(
  { progress }: Context,
  kind: "sqlite" | "postgres",
  place: string,
  records: readonly PaymentRecord[],
) {
  const server = await startServer(WATCHED, { kind, place });
  const samples: number[] = [];
  progress(kind);
  try {
    for (const record of records) {
      const { path } = selllyCallback(record);
      const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
      const text = await answer.text();
      if (text !== "OK") throw new Error(`A callback was answered ${answer.status} ${text}`);
      samples.push((await server.run(1)) as number);
      await wait(REST_MS);
    }
  } finally {
    await server.stop();
  }
  const measured = samples.slice(WARM_UP).toSorted((a, b) => a - b);
  const p99 = measured[Math.floor(0.99 * measured.length)]!;
  return { measured: spreadOf(measured), detail: `${measured.length} callbacks, 99th percentile ${p99.toFixed(2)} ms` };
}

export const latency: Benchmark = {
  name: "latency",
  run: (context) =>
    withPostgres(async (server) => {
      const count = WARM_UP + (context.isShort ? SAMPLES / 10 : SAMPLES);
      const path = join(context.folder, "ours.db");
      const sqlite = await measure(context, "sqlite", path, await seedSqlite(path, "cards", count));
      const url = await server.create("ours");
      const { detail, measured } = await measure(context, "postgres", url, await seedPostgres(url, "cards", count));
      const what = "commit to handler, unloaded, median";
      return [
        { what: `${what}: SQLite in process`, goal: atMost(2, " ms"), loss: 15, ...sqlite },
        { what: `${what}: PostgreSQL`, goal: atMost(10, " ms"), measured, detail: `${detail}; ${server.durability}` },
      ];
    }),
};
