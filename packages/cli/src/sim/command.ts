import type { CommandDef, StringArgDef } from "citty";
import { runSim } from "./run.ts";

type SimArgs = Readonly<
  Record<"port" | "shop-id" | "secret-key" | "notification-url" | "return-url" | "seed" | "scenario", StringArgDef>
>;

/** `pay sim`: the simulated gateways alone, for a shop in any language. */
export const simCommand: CommandDef<SimArgs> = {
  meta: { name: "sim", description: "Runs the simulated gateways on this machine until Ctrl-C." },
  args: {
    port: { type: "string", default: "4100", valueHint: "number", description: "Port on 127.0.0.1; 0 for a free one" },
    "shop-id": { type: "string", valueHint: "id", description: "Sellly's shop_id of the shop" },
    "secret-key": {
      type: "string",
      valueHint: "key",
      description: "Sellly's secret_key of the shop; one for tests only",
    },
    "notification-url": {
      type: "string",
      valueHint: "url",
      description: "Where Sellly's notifications go, on this machine",
    },
    "return-url": { type: "string", valueHint: "url", description: "Where Sellly's buyers go after the payment page" },
    seed: { type: "string", valueHint: "number", description: "Decides every identifier and every random choice" },
    scenario: { type: "string", valueHint: "file.json", description: "Run this scenario and end; exit 1 if it failed" },
  },
  async run({ args }) {
    const stopping = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort());
    process.exitCode = await runSim({
      port: args.port,
      shopId: args["shop-id"],
      secretKey: args["secret-key"],
      notificationUrl: args["notification-url"],
      returnUrl: args["return-url"],
      seed: args.seed,
      scenario: args.scenario,
      stopping: stopping.signal,
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  },
};
