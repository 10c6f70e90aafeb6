import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { against, rates, type Stretch, type Subject } from "../harness/against.ts";
import { atLeast, atMost, type Benchmark, type Context, type Row } from "../harness/benchmark.ts";
import { gosettiCallback, mixed, selllyCallback } from "../harness/callbacks.ts";
import { ratioOf, spreadOf } from "../harness/pairs.ts";
import { allDelivered, inboxRows, seedSqlite } from "../seed/sqlite.ts";

const REFERENCE = new URL("../references/sqlite.ts", import.meta.url);
const OURS = new URL("../ours/pay-sqlite.ts", import.meta.url);
const ALONE = new URL("../ours/pay-sqlite-alone.ts", import.meta.url);

type Pairs = readonly (readonly [Stretch, Stretch])[];

interface Case {
  readonly gateway: "cards" | "psc";
  readonly connections: number;
  /** Callbacks of one stretch. */
  readonly size: number;
  readonly referenceServer?: URL;
}

/** Callbacks with durable answers, on two copies of one file. Afterwards every acknowledged callback has its row in the inbox. */
async function measure(
  context: Context,
  { connections, gateway, referenceServer = REFERENCE, size }: Case,
): Promise<Pairs> {
  const stretch = context.isShort ? Math.ceil(size / 10) : size;
  const [path, referencePath] = ["ours.db", "reference.db"].map((name) =>
    join(context.folder, `${gateway}-${name}`),
  ) as [string, string];
  context.progress("seeding payments");
  const records = await seedSqlite(path, gateway, (context.pairs + 1) * stretch);
  copyFileSync(path, referencePath);
  const targets = mixed(records).map(gateway === "cards" ? selllyCallback : gosettiCallback);
  const expect = gateway === "cards" ? "200 OK" : "200 {";
  const bare = referenceServer === REFERENCE;
  const options = bare ? { path: referencePath, byPath: gateway === "psc" } : { path: referencePath };
  const other: Subject = {
    module: referenceServer,
    options,
    expect: bare ? "200 OK" : expect,
    idle: () => allDelivered(referencePath),
  };
  const pairs = await against(
    context,
    other,
    { module: OURS, options: { path }, expect, idle: () => allDelivered(path) },
    { connections, targets },
  );
  for (const file of [path, referencePath]) {
    const rows = inboxRows(file);
    if (rows !== targets.length)
      throw new Error(`${rows} rows in the inbox of ${file} for ${targets.length} acknowledgements.`);
  }
  return pairs;
}

const cpu = (pairs: Pairs, at: 0 | 1) => spreadOf(pairs.map((pair) => pair[at].cpuEach)).median.toFixed(0);
const ms = (value: number) => `${value.toFixed(2)} ms`;

export const sqlite: Benchmark = {
  name: "sqlite",
  async run(context) {
    const pairs = await measure(context, { gateway: "cards", connections: 64, size: 20_000 });
    return [
      {
        what: "Sellly callback to durable answer, SQLite, 64 connections ÷ bare HTTP and group commit",
        goal: atLeast(0.7),
        measured: ratioOf(pairs, ({ rate }) => rate),
        detail: `${rates(pairs)}; until delivered ${rates(pairs, "wholeRate")}`,
      },
      {
        what: "CPU per callback ÷ the same",
        goal: atMost(1.45),
        measured: ratioOf(pairs, ({ cpuEach }) => cpuEach),
        detail: `${cpu(pairs, 1)} µs ÷ ${cpu(pairs, 0)} µs`,
      },
      {
        what: "event loop's delay under that load, 99.9th percentile",
        goal: atMost(20, " ms"),
        loss: 60,
        measured: spreadOf(pairs.map(([, { stall }]) => stall)),
        detail: `the reference's: ${ms(spreadOf(pairs.map(([{ stall }]) => stall)).median)}`,
      },
    ];
  },
};

export const gosetti: Benchmark = {
  name: "gosetti",
  async run(context) {
    const pairs = await measure(context, { gateway: "psc", connections: 64, size: 20_000 });
    const row: Row = {
      what: "GOSetti callback (its address costs an HMAC) ÷ the same",
      goal: atLeast(0.62),
      measured: ratioOf(pairs, ({ rate }) => rate),
      detail: rates(pairs),
    };
    return [row];
  },
};

export const grouping: Benchmark = {
  name: "grouping",
  async run(context) {
    const pairs = await measure(context, { gateway: "cards", connections: 64, size: 8_000, referenceServer: ALONE });
    return [
      {
        what: "group commit ÷ one transaction per callback, both ours",
        goal: atLeast(2.5),
        measured: ratioOf(pairs, ({ rate }) => rate),
        detail: rates(pairs),
      },
    ];
  },
};

export const alone: Benchmark = {
  name: "alone",
  async run(context) {
    const pairs = await measure(context, { gateway: "cards", connections: 1, size: 4_000 });
    const detail = (share: "p50" | "p99") => {
      const [reference, ours] = [0, 1].map(
        (at) => spreadOf(pairs.map((pair) => pair[at as 0 | 1].latency[share])).median,
      );
      return `${ms(ours!)} ÷ ${ms(reference!)}`;
    };
    return [
      {
        what: "one connection: median ÷ the reference's",
        goal: atMost(1.4),
        measured: ratioOf(pairs, ({ latency }) => latency.p50),
        detail: detail("p50"),
      },
      {
        what: "one connection: 99th percentile ÷ the reference's",
        goal: atMost(2),
        loss: 8,
        measured: ratioOf(pairs, ({ latency }) => latency.p99),
        detail: detail("p99"),
      },
    ];
  },
};
