import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a module that is measured exports by default. */
export type Serve = (options: never) => Promise<Serving>;

export interface Serving {
  /** Where it listens on the loopback; absent for what only calls others. */
  readonly port?: number;
  /** Does the measured thing so many times, and gives what came of it. */
  readonly run?: (count: number) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** What a stretch of work has cost the process of a server. */
export interface Cost {
  /** Microseconds of CPU, user and system. */
  readonly cpu: number;
  /** 99.9th percentile of the event loop's delay, in milliseconds; the timer that measures it has a resolution of 1 ms. */
  readonly stall: number;
}

/** A server in a process of its own. */
export interface Server {
  readonly port: number;
  /** Has it do its thing so many times, and resolves when that is done to what came of it. */
  run(count: number): Promise<unknown>;
  measure<T>(work: () => Promise<T>): Promise<Cost & { readonly result: T }>;
  stop(): Promise<void>;
}

const PROCESS = fileURLToPath(new URL("./server-process.ts", import.meta.url));

/** Starts the module's server. Its errors go to this process's standard error; it ending early is an error here. */
export async function startServer(module: URL, options: object): Promise<Server> {
  const child = fork(PROCESS, [module.href], {
    execArgv: [
      ...(process.env.PROF ? ["--cpu-prof", "--cpu-prof-dir=/tmp/prof", "--cpu-prof-interval=200"] : []),
      "--conditions=@pay/source",
      "--disable-warning=ExperimentalWarning",
    ],
  });
  const ask = statusChecks(child);
  const { port } = await ask<{ port: number }>({ kind: "start", options });
  return {
    port,
    run: async (count) => (await ask<{ result?: unknown }>({ kind: "run", count })).result,
    async measure(work) {
      const before = await ask<Cost>({ kind: "begin" });
      const result = await work();
      const after = await ask<Cost>({ kind: "end" });
      return { cpu: after.cpu - before.cpu, stall: after.stall, result };
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.send({ kind: "stop" });
      await ended;
    },
  };
}

function statusChecks(child: ChildProcess) {
  return <T>(message: object): Promise<T> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`The server of a benchmark ended (${code}).`));
      child.once("exit", ended);
      child.once("message", (answer) => {
        child.off("exit", ended);
        resolve(answer as T);
      });
      child.send(message);
    });
}
