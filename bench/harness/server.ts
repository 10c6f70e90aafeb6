import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The default export of a measured module. */
export type Serve = (options: never) => Promise<Serving>;

export interface Serving {
  /** Its address on this machine; absent if the module only sends requests. */
  readonly port?: number;
  /** Runs the measured work this many times, and returns its result. */
  readonly run?: (count: number) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** The cost of a stretch of work for the server's process. */
export interface Cost {
  /** Microseconds of CPU, user and system. */
  readonly cpu: number;
  /** 99.9th percentile of the event loop's delay, in milliseconds. The timer that measures it has a resolution of 1 ms. */
  readonly stall: number;
}

/** A server in a separate process. */
export interface Server {
  readonly port: number;
  /** Runs its work this many times. Resolves with the result when the work is done. */
  run(count: number): Promise<unknown>;
  measure<T>(work: () => Promise<T>): Promise<Cost & { readonly result: T }>;
  stop(): Promise<void>;
}

const PROCESS = fileURLToPath(new URL("./server-process.ts", import.meta.url));

/** Starts the module's server. Its errors appear on this process's standard error. If it ends early, that is an error here. */
export async function startServer(module: URL, options: object): Promise<Server> {
  const child = fork(PROCESS, [module.href], {
    execArgv: [
      ...(process.env.PROF ? ["--cpu-prof", "--cpu-prof-dir=/tmp/prof", "--cpu-prof-interval=200"] : []),
      "--conditions=@pay/source",
      "--disable-warning=ExperimentalWarning",
    ],
  });
  const request = requestsTo(child);
  const { port } = await request<{ port: number }>({ kind: "start", options });
  return {
    port,
    run: async (count) => (await request<{ result?: unknown }>({ kind: "run", count })).result,
    async measure(work) {
      const before = await request<Cost>({ kind: "begin" });
      const result = await work();
      const after = await request<Cost>({ kind: "end" });
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

function requestsTo(child: ChildProcess) {
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
