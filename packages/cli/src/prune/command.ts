import type { BooleanArgDef, CommandDef, PositionalArgDef, StringArgDef } from "citty";
import { runPrune } from "./run.ts";

interface PruneArgs {
  readonly config: PositionalArgDef;
  readonly "older-than": StringArgDef & { readonly required: true };
  readonly "dry-run": BooleanArgDef;
  readonly [name: string]: PositionalArgDef | StringArgDef | BooleanArgDef;
}

/** `pay prune CONFIG --older-than 365d`: removes finished payments while the shop keeps running. */
export const pruneCommand: CommandDef<PruneArgs> = {
  meta: { name: "prune", description: "Removes finished payments from the store while the shop keeps running." },
  args: {
    config: { type: "positional", required: true, description: "Configuration file: pay.config.jsonc" },
    "older-than": {
      type: "string",
      required: true,
      valueHint: "days",
      description: "Days since a payment last changed, at least 30: 365d",
    },
    "dry-run": { type: "boolean", default: false, description: "Only count what would be removed" },
  },
  async run({ args }) {
    const stopping = new AbortController();
    // Only the first: a second Ctrl-C ends the process at once, and the store rolls back.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
    process.exitCode = await runPrune({
      config: String(args.config),
      olderThan: String(args["older-than"]),
      dryRun: args["dry-run"] === true,
      signal: stopping.signal,
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      isTerminal: process.stderr.isTTY === true,
    });
  },
};
