import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** One request to be sent. */
export interface Target {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadRequest {
  readonly port: number;
  /** How many requests are under way at a time, each on a connection of its own. */
  readonly connections: number;
  /** Each is sent once, in this order. */
  readonly targets: readonly Target[];
  /** Beginning of a right answer: status and body, e.g. `"200 OK"`. */
  readonly expect: string;
  /** Whether the client polls instead of sleeping: for servers that wait for no disk. @default false */
  readonly stayAwake?: boolean;
}

export interface LoadReport {
  readonly requests: number;
  readonly accepted: number;
  /** Other answers, with how many there were. */
  readonly refused: readonly (readonly [answer: string, count: number])[];
  readonly seconds: number;
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly p999: number };
}

const PROCESS = fileURLToPath(new URL("./load-process.ts", import.meta.url));

/** Sends requests from a process of its own, as fast as they are answered. */
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
