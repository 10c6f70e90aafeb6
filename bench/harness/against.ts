import type { Context } from "./benchmark.ts";
import { type LoadReport, type LoadRequest, load } from "./load.ts";
import { inPairs } from "./pairs.ts";
import { type Cost, type Server, startServer } from "./server.ts";

/** A server, and the beginning of its right answers. */
export interface Subject {
  readonly module: URL;
  readonly options: object;
  readonly expect: string;
  /** Resolves when the work after its answers is done. No other stretch begins before, and its CPU counts. */
  readonly idle?: () => Promise<void>;
}

export interface Stretch extends LoadReport, Cost {
  /** Answers per second. */
  readonly rate: number;
  /** Answers per second, with the time until the work after them was done. */
  readonly wholeRate: number;
  /** Microseconds of CPU per answer. */
  readonly cpuEach: number;
}

/** Sends the same requests to two servers in turns, with new requests for each pair. */
export async function against(
  { pairs, progress }: Context,
  reference: Subject,
  ours: Subject,
  { connections, stayAwake = false, targets }: Pick<LoadRequest, "connections" | "stayAwake" | "targets">,
): Promise<readonly (readonly [Stretch, Stretch])[]> {
  const size = Math.floor(targets.length / (pairs + 1));
  const servers: Server[] = [];
  const start = async ({ expect, idle = async () => {}, module, options }: Subject) => {
    const server = await startServer(module, options);
    servers.push(server);
    return (pair: number) => {
      const stretch = targets.slice(pair * size, (pair + 1) * size);
      return measure(server, () => load({ port: server.port, connections, targets: stretch, expect, stayAwake }), idle);
    };
  };
  try {
    return await inPairs(pairs, progress, await start(reference), await start(ours));
  } finally {
    for (const server of servers) await server.stop();
  }
}

async function measure(server: Server, work: () => Promise<LoadReport>, idle: () => Promise<void>): Promise<Stretch> {
  const { result, ...cost } = await server.measure(async () => {
    const report = await work();
    const answered = performance.now();
    await idle();
    return { ...report, rest: (performance.now() - answered) / 1000 };
  });
  const { requests, rest, seconds, ...report } = result;
  return {
    ...report,
    ...cost,
    requests,
    seconds,
    rate: requests / seconds,
    wholeRate: requests / (seconds + rest),
    cpuEach: cost.cpu / requests,
  };
}

/** `9,876/s ÷ 12,345/s` */
export function rates(pairs: readonly (readonly [Stretch, Stretch])[], which: "rate" | "wholeRate" = "rate"): string {
  const middle = (at: 0 | 1) =>
    pairs.map((pair) => pair[at][which]).toSorted((a, b) => a - b)[Math.floor(pairs.length / 2)]!;
  const text = (rate: number) => `${Math.round(rate).toLocaleString("en")}/s`;
  return `${text(middle(1))} ÷ ${text(middle(0))}`;
}
