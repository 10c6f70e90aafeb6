// Takes PostgreSQL away from a busy shop, in each way for a while, and compares the answers to the gateways with the store.
import { startBreakablePostgres } from "../packages/postgres/test/breakable.ts";
import { violationsOf } from "../test/crash/campaign.ts";
import { OUTAGES, type OutageName, outageCampaign } from "../test/crash/outage.ts";
import { flagsOf } from "./flags.ts";

const USAGE = "outage-test [--seconds N, default 30] [--seed S]";
const flags = flagsOf(USAGE, { seconds: "30", seed: String(Date.now() % 1_000_000) }, ["seconds", "seed"]);
const [seconds, seed] = [Number(flags.seconds), Number(flags.seed)];

const server = await startBreakablePostgres();
try {
  for (const name of Object.keys(OUTAGES) as OutageName[]) {
    console.log(`PostgreSQL ${name}; ${seconds} s, seed ${seed}`);
    const report = await outageCampaign({
      server,
      outages: [name],
      seed,
      duration: seconds * 1000,
      progress: (line) => console.log(`  ${line}`),
    });
    const { lost, undelivered, doubled, forbidden, ...figures } = report;
    console.log(JSON.stringify(figures, undefined, 2));
    for (const violation of violationsOf(report).slice(0, 50)) console.error(violation);
    console.log(
      `${lost.length} lost, ${undelivered.length} undelivered, ${doubled.length} doubled, ${forbidden.length} in a forbidden state`,
    );
    if (violationsOf(report).length > 0 || report.strange.length > 0) process.exitCode = 1;
    if (report.exits.some((code) => code !== 0)) process.exitCode = 1;
  }
} finally {
  await server.close();
}
