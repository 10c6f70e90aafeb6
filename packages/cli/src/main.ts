#!/usr/bin/env node
import { defineCommand, runMain } from "citty";
import { nodeProblem } from "./check-node.ts";
import { ownVersion } from "./own-version.ts";
import { strict } from "./strict.ts";

const main = defineCommand({
  // Read only once Node.js is new enough to read it.
  meta: () => ({ name: "npx @pay/cli", version: ownVersion(), description: "One interface to payment gateways." }),
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
