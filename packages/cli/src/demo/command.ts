import type { BooleanArgDef, CommandDef } from "citty";
import { differences } from "./expectations.ts";
import { PURCHASES, purchase } from "./purchase.ts";
import { type Stage, startDemo } from "./stage.ts";
import { timeline } from "./timeline.ts";

/** `pay demo`: both gateways end to end on this machine, then the shop stays open. */
export const demoCommand: CommandDef<{ readonly once: BooleanArgDef }> = {
  meta: { name: "demo", description: "Buys one item through each gateway on this machine, then leaves the shop open." },
  args: {
    once: {
      type: "boolean",
      default: false,
      description: "End after the two purchases; exit with 1 if one differed from the plan",
    },
  },
  async run({ args }) {
    process.exitCode = await runDemo(args.once);
  },
};

/** @returns the exit code */
async function runDemo(once: boolean): Promise<number> {
  const step = (text: string) => process.stdout.write(`${text}\n`);
  step("Starting the simulated gateways, a shop, and Pay on SQLite …");
  const stage = await startDemo().catch((error: unknown) => {
    process.stderr.write(`The demo cannot start: ${error instanceof Error ? error.message : "unknown reason"}\n`);
    return undefined;
  });
  if (stage === undefined) return 1;
  try {
    step(`${pages(stage)}  database    ${stage.databasePath}\n`);
    let failed = 0;
    for (const [at, plan] of PURCHASES.entries()) {
      step(`Buying through ${plan.title} (${at + 1} of ${PURCHASES.length}) …`);
      const story = await purchase(stage, plan);
      step(timeline(story));
      const wrong = differences(story);
      failed += wrong.length;
      for (const difference of wrong) step(`  DIFFERS: ${difference}`);
    }
    step(
      failed === 0
        ? "Both purchases went as planned: paid once, one event, delivered once."
        : "The purchases differ from the plan.",
    );
    if (once) return failed === 0 ? 0 : 1;
    step(`\nIn the browser:\n${pages(stage)}\nThe shop is open: ${stage.shopUrl}  (Ctrl-C ends it)`);
    await interrupted();
    return failed === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

/** The addresses to open in a browser. */
function pages({ consoleUrl, shopUrl, simulator }: Stage): string {
  return `  shop        ${shopUrl}\n  gateways    ${simulator.url}\n  console     ${consoleUrl}\n`;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    // Waiting for a signal does not keep a process alive.
    const alive = setInterval(() => {}, 60_000);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        clearInterval(alive);
        resolve();
      });
    }
  });
}
