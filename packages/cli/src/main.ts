#!/usr/bin/env node
import { defineCommand, runMain } from "citty";
import { nodeProblem } from "./check-node.ts";
import { strict } from "./strict.ts";

const main = defineCommand({
  meta: { name: "npx @pay/cli", description: "One interface to payment gateways." },
  subCommands: {
    demo: () => import("./demo/command.ts").then(({ demoCommand }) => strict(demoCommand)),
    "new-adapter": () => import("./new-adapter/command.ts").then(({ newAdapterCommand }) => strict(newAdapterCommand)),
    sim: () => import("./sim/command.ts").then(({ simCommand }) => strict(simCommand)),
    prune: () => import("./prune/command.ts").then(({ pruneCommand }) => strict(pruneCommand)),
  },
});

const problem = nodeProblem(process.versions.node);
if (problem === undefined) await runMain(main);
else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
