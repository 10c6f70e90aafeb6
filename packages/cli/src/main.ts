#!/usr/bin/env node
import { defineCommand, runMain } from "citty";
import { strict } from "./strict.ts";

const main = defineCommand({
  meta: { name: "pay", description: "One interface to payment gateways." },
  subCommands: {
    demo: () => import("./demo/command.ts").then(({ demoCommand }) => strict(demoCommand)),
    "new-adapter": () => import("./new-adapter/command.ts").then(({ newAdapterCommand }) => strict(newAdapterCommand)),
    sim: () => import("./sim/command.ts").then(({ simCommand }) => strict(simCommand)),
    prune: () => import("./prune/command.ts").then(({ pruneCommand }) => strict(pruneCommand)),
  },
});

await runMain(main);
