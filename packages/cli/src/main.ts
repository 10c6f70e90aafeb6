#!/usr/bin/env node
import { defineCommand, runMain } from "citty";

const main = defineCommand({
  meta: { name: "pay", description: "One interface to payment gateways." },
  subCommands: {
    demo: () => import("./demo/command.ts").then(({ demoCommand }) => demoCommand),
    "new-adapter": () => import("./new-adapter/command.ts").then(({ newAdapterCommand }) => newAdapterCommand),
  },
});

await runMain(main);
