// Kills processes of a shop at random and at every named point, and compares the answers to the gateways with the store.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../packages/postgres/test/server.ts";
import { crashCampaign, violationsOf } from "../test/crash/campaign.ts";
import { FAILURE_POINTS, type StoreKind } from "../test/crash/failure-points.ts";
import { migrate } from "../test/crash/migrate.ts";
import { flagsOf, refuse } from "./flags.ts";

const USAGE = "crash-test [--kills N, default 500] [--store sqlite|postgres] [--seed S] [--report file.json]";
const seedByTime = String(Date.now() % 1_000_000);
const flags = flagsOf(USAGE, { kills: "500", store: "sqlite", seed: seedByTime, report: undefined }, ["kills", "seed"]);
const kind = flags.store as StoreKind;
const [kills, seed] = [Number(flags.kills), Number(flags.seed)];
if (!Object.hasOwn(FAILURE_POINTS, kind)) refuse(USAGE, "--store must be sqlite or postgres.");

console.log(`${kills} kills on ${kind}, seed ${seed}`);
const folder = mkdtempSync(join(tmpdir(), "pay-crash-"));
const server = kind === "postgres" ? await startPostgres() : undefined;
try {
  const database = server === undefined ? join(folder, "pay.db") : await server.database();
  if (kind === "sqlite") await migrate(database);
  const report = await crashCampaign({ kind, kills, seed, database, folder, progress: (line) => console.log(line) });
  if (flags.report !== undefined) writeFileSync(flags.report, `${JSON.stringify(report, undefined, 2)}\n`);
  const { lost, undelivered, doubled, forbidden, ...figures } = report;
  console.log(JSON.stringify(figures, undefined, 2));
  for (const violation of violationsOf(report).slice(0, 50)) console.error(violation);
  console.log(
    `${lost.length} lost, ${undelivered.length} undelivered, ${doubled.length} doubled, ${forbidden.length} in a forbidden state`,
  );
  const missed = FAILURE_POINTS[kind].filter((point) => report.hits[point] === 0);
  if (missed.length > 0) console.log(`Too few kills to hit: ${missed.join(", ")}`);
  if (violationsOf(report).length > 0) process.exitCode = 1;
} finally {
  await server?.close();
  rmSync(folder, { recursive: true });
}
