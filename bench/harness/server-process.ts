import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Serve } from "./server.ts";

/** The process in which a server is measured. Its parent asks for its CPU time and the delay of its event loop. */
const [, , module = ""] = process.argv;
const serve = ((await import(module)) as { readonly default: Serve }).default;

const stalls = monitorEventLoopDelay({ resolution: 1 });
let running: Awaited<ReturnType<Serve>> | undefined;

interface Message {
  readonly kind: "start" | "begin" | "end" | "run" | "stop";
  readonly options?: object;
  readonly count?: number;
}

process.on("message", async (message: Message) => {
  switch (message.kind) {
    case "start":
      running = await serve((message.options ?? {}) as never);
      return process.send?.({ port: running.port });
    case "begin":
      stalls.enable();
      stalls.reset();
      return process.send?.({ cpu: cpu() });
    case "end":
      stalls.disable();
      return process.send?.({ cpu: cpu(), stall: stalls.percentile(99.9) / 1e6 });
    case "run":
      return process.send?.({ result: await running?.run?.(message.count ?? 0) });
    case "stop":
      await running?.close();
      process.exit(0);
  }
});

// The parent process has ended.
process.on("disconnect", () => process.exit());

/** CPU time of all threads, user and system, in microseconds. */
function cpu(): number {
  const { system, user } = process.cpuUsage();
  return system + user;
}
