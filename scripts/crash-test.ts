// Kills processes of a shop at random and at every named point, and compares what the gateways were told with what is stored.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../packages/postgres/test/server.ts";
import { crashCampaign, violationsOf } from "../test/crash/campaign.ts";
import { FAILURE_POINTS, type StoreKind } from "../test/crash/failure-points.ts";
import { migrate } from "../test/crash/migrate.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    store: { type: "string", default: "sqlite" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    report: { type: "string" },
  },
});
const kind = values.store as StoreKind;
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (!Object.hasOwn(FAILURE_POINTS, kind) || !Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  console.error("usage: crash-test --kills N --store sqlite|postgres --seed S [--report file.json]");
  process.exit(2);
}

console.log(`${kills} kills on ${kind}, seed ${seed}`);
const folder = mkdtempSync(join(tmpdir(), "pay-crash-"));
const server = kind === "postgres" ? await startPostgres() : undefined;
try {
  const database = server === undefined ? join(folder, "pay.db") : await server.database();
  if (kind === "sqlite") await migrate(database);
  const report = await crashCampaign({ kind, kills, seed, database, folder, progress: (line) => console.log(line) });
  if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(report, undefined, 2)}\n`);
  const { lost, undelivered, doubled, forbidden, ...figures } = report;
  console.log(JSON.stringify(figures, undefined, 2));
  for (const violation of violationsOf(report).slice(0, 50)) console.error(violation);
  console.log(
    `${lost.length} lost, ${undelivered.length} undelivered, ${doubled.length} doubled, ${forbidden.length} in a forbidden state`,
  );
  if (violationsOf(report).length > 0) process.exitCode = 1;
} finally {
  await server?.close();
  rmSync(folder, { recursive: true });
}
