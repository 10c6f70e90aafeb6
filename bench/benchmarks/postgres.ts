import { against, rates, type Stretch, type Subject } from "../harness/against.ts";
import { atLeast, type Benchmark, type Context } from "../harness/benchmark.ts";
import { mixed, selllyCallback } from "../harness/callbacks.ts";
import { ratioOf, spreadOf } from "../harness/pairs.ts";
import {
  allDelivered,
  type BenchServer,
  deliveredRows,
  inboxRows,
  seedPostgres,
  withPostgres,
} from "../seed/postgres.ts";

export const PAY_POSTGRES = new URL("../ours/pay-postgres.ts", import.meta.url);
const REFERENCE = new URL("../references/postgres.ts", import.meta.url);
const SIZE = 10_000;

type Pairs = readonly (readonly [Stretch, Stretch])[];

/** Callbacks with durable answers, on two copies of one database. Each stretch lasts until its last event is delivered. */
async function measure(context: Context, server: BenchServer): Promise<Pairs> {
  const stretch = context.isShort ? SIZE / 10 : SIZE;
  context.progress("seeding payments");
  const url = await server.create("ours");
  const records = await seedPostgres(url, "cards", (context.pairs + 1) * stretch);
  const referenceUrl = await server.copy("reference", url);
  const targets = mixed(records).map(selllyCallback);
  const subject = (module: URL, at: string): Subject => {
    return { module, options: { url: at }, expect: "200 OK", idle: () => allDelivered(at) };
  };
  const reference = subject(REFERENCE, referenceUrl);
  const pairs = await against(context, reference, subject(PAY_POSTGRES, url), { connections: 64, targets });
  for (const at of [url, referenceUrl]) await expectAll(at, targets.length);
  return pairs;
}

/** Checks that every acknowledged callback has its row in the inbox, and that its event was delivered. */
export async function expectAll(url: string, acknowledged: number): Promise<void> {
  const [heard, delivered] = [await inboxRows(url), await deliveredRows(url)];
  if (heard === acknowledged && delivered === acknowledged) return;
  const { pathname } = new URL(url);
  throw new Error(`${acknowledged} acknowledgements, but ${heard} heard and ${delivered} delivered in ${pathname}.`);
}

export const postgres: Benchmark = {
  name: "postgres",
  run: (context) =>
    withPostgres(async (server) => {
      const pairs = await measure(context, server);
      const cpu = (at: 0 | 1) => spreadOf(pairs.map((pair) => pair[at].cpuEach)).median.toFixed(0);
      return [
        {
          what: "the same on PostgreSQL ÷ bare equivalent, add_job included",
          goal: atLeast(0.7),
          measured: ratioOf(pairs, ({ rate }) => rate),
          detail: `${rates(pairs)}; until delivered ${rates(pairs, "wholeRate")}; CPU of the process, delivery included, ${cpu(1)} µs ÷ ${cpu(0)} µs; ${server.durability}`,
        },
      ];
    }),
};
