import type { CommandDef, PositionalArgDef, StringArgDef } from "citty";
import { makeAdapter } from "./make.ts";
import { report } from "./texts.ts";

/** `pay new-adapter NAME`: makes a complete, tested adapter package for a made-up gateway, which you replace with your own. */
export const newAdapterCommand: CommandDef<{ readonly name: PositionalArgDef; readonly into: StringArgDef }> = {
  meta: { name: "new-adapter", description: "Makes the package of an adapter for a gateway of your own." },
  args: {
    name: { type: "positional", required: true, description: "Package name: my-gateway, or @shop/pay-my-gateway" },
    into: {
      type: "string",
      default: ".",
      valueHint: "folder",
      description: "Folder in which the package's folder is made",
    },
  },
  run({ args }) {
    try {
      process.stdout.write(report(makeAdapter(args.name, args.into), process.cwd()));
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : "It failed."}\n`);
      process.exitCode = 1;
    }
  },
};
