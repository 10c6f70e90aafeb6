import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PaymentRecord } from "@pay/core/store";
import { argsOf, refuse, wholeNumber } from "../../scripts/flags.ts";
import { mixed, selllyCallback } from "../harness/callbacks.ts";
import { load } from "../harness/load.ts";
import { endProgress, type Progress, progressOf } from "../harness/progress.ts";
import { startServer } from "../harness/server.ts";
import { allDelivered as postgresDelivered, seedPostgres, withPostgres } from "../seed/postgres.ts";
import { seedSqlite, allDelivered as sqliteDelivered } from "../seed/sqlite.ts";
import { bytesOf, growPostgres } from "./grow-postgres.ts";
import { growSqlite } from "./grow-sqlite.ts";
import { migrationOf } from "./migration.ts";
import type { Size } from "./size.ts";
import { startOf } from "./start-of.ts";
import type { Place, StoreCalls } from "./store-calls.ts";

const USAGE = `pnpm bench:scale [--store sqlite|postgres] [--sizes 1000,100000,1000000,10000000] [--json FILE]

Measures what the same work costs as payments accumulate. Ten million take about 20 GB of the temporary folder.`;

/** Callbacks per measurement, for the newest payments. */
const CALLBACKS = 6_000;
const ALONE = 1_000;
const SAMPLES = 500;

/** A store with many payments: its address, and how to serve it. */
interface Grown {
  readonly place: string;
  readonly bytes: number;
  readonly young: readonly PaymentRecord[];
  readonly server: URL;
  readonly options: object;
  /** Resolves when every event has been delivered. */
  readonly idle: () => Promise<void>;
}

async function main(): Promise<void> {
  const { values } = argsOf(USAGE, {
    options: {
      store: { type: "string", default: "sqlite" },
      sizes: { type: "string", default: "1000,100000,1000000,10000000" },
      json: { type: "string" },
    },
  });
  const sizes = values.sizes.split(",").map((size) => {
    return wholeNumber(size, 1) ?? refuse(USAGE, "--sizes must be whole numbers, 1 or more, with commas between them.");
  });
  if (values.store !== "sqlite" && values.store !== "postgres") refuse(USAGE, "--store must be sqlite or postgres.");
  const measured: Size[] = [];
  for (const size of sizes) {
    const within = values.store === "sqlite" ? onSqlite : onPostgres;
    measured.push(await within(size, progressOf(`${size} payments`)));
    endProgress();
    console.log(line(measured.at(-1)!));
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
}

async function onSqlite(payments: number, progress: Progress): Promise<Size> {
  const folder = mkdtempSync(join(tmpdir(), "pay-scale-"));
  const place = join(folder, "pay.db");
  try {
    await growSqlite(place, payments, (done) => progress(percent(done, payments)));
    const bytes = statSync(place).size;
    const young = await seedSqlite(place, "cards", CALLBACKS + ALONE);
    const server = new URL("../ours/pay-sqlite.ts", import.meta.url);
    return await measure("sqlite", payments, progress, {
      place,
      bytes,
      young,
      server,
      options: { path: place },
      idle: () => sqliteDelivered(place),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function onPostgres(payments: number, progress: Progress): Promise<Size> {
  return withPostgres(async (postgres) => {
    const place = await postgres.create("pay");
    await growPostgres(place, payments, (done) => progress(percent(done, payments)));
    const bytes = await bytesOf(place);
    const young = await seedPostgres(place, "cards", CALLBACKS + ALONE);
    const server = new URL("../ours/pay-postgres.ts", import.meta.url);
    return measure("postgres", payments, progress, {
      place,
      bytes,
      young,
      server,
      options: { url: place },
      idle: () => postgresDelivered(place),
    });
  });
}

async function measure(kind: Place["kind"], payments: number, progress: Progress, grown: Grown): Promise<Size> {
  const targets = mixed(grown.young).map(selllyCallback);
  progress("measuring callbacks");
  const pay = await startServer(grown.server, grown.options);
  const sendLoad = (connections: number, some: typeof targets) =>
    load({ port: pay.port, connections, targets: some, expect: "200 OK" });
  const { requests, seconds } = await sendLoad(64, targets.slice(0, CALLBACKS));
  await grown.idle();
  const { latency } = await sendLoad(1, targets.slice(CALLBACKS));
  await grown.idle();
  await pay.stop();
  progress("measuring the store");
  const { place } = grown;
  const options: Place = { kind, place, oldest: startOf(payments) };
  const store = await startServer(new URL("./store-calls.ts", import.meta.url), options);
  const calls = (await store.run(SAMPLES)) as StoreCalls;
  await store.stop();
  progress("measuring a migration");
  const migration = await migrationOf(kind, place);
  return {
    payments,
    rate: requests / seconds,
    callback: latency.p50,
    bytesEach: grown.bytes / payments,
    migration,
    ...calls,
  };
}

function percent(done: number, of: number): string {
  return `${Math.round((100 * done) / of)} % made`;
}

function line({ payments, ...size }: Size): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    `${payments.toLocaleString("en").padStart(12)} payments`,
    `callback ${ms(size.callback)}, ${Math.round(size.rate)}/s`,
    `checkout ${ms(size.open)}`,
    `page ${ms(size.page)}`,
    `list ${ms(size.list)}, deep ${ms(size.listDeep)}, in vain ${ms(size.listInVain)}`,
    `sweep ${ms(size.sweep)}`,
    `1,000 pruned ${ms(size.prune)}`,
    `migration ${ms(size.migration)}`,
    `${Math.round(size.bytesEach)} bytes each`,
  ].join("; ");
}

await main();
