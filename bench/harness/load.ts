import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** One request. */
export interface Target {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadRequest {
  readonly port: number;
  /** How many requests run at the same time, each on its own connection. */
  readonly connections: number;
  /** Sent once each, in this order. */
  readonly targets: readonly Target[];
  /** The beginning of a right answer: status and body, e.g. `"200 OK"`. */
  readonly expect: string;
  /** True if the client polls instead of sleeping, for servers that do not wait for a disk. @default false */
  readonly stayAwake?: boolean;
}

export interface LoadReport {
  readonly requests: number;
  readonly accepted: number;
  /** Other answers, with their number. */
  readonly refused: readonly (readonly [answer: string, count: number])[];
  readonly seconds: number;
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly p999: number };
}

const PROCESS = fileURLToPath(new URL("./load-process.ts", import.meta.url));

/** Sends requests from a separate process, as fast as they are answered. */
export async function load(request: LoadRequest): Promise<LoadReport> {
  const child = fork(PROCESS, [], { serialization: "advanced" });
  child.send(request);
  const [report] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`The load of a benchmark ended (${code}).`))),
  ])) as [LoadReport];
  if (report.accepted !== report.requests) {
    throw new Error(`Not every answer was right: ${JSON.stringify(report.refused)}`);
  }
  return report;
}
