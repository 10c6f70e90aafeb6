import type { BooleanArgDef, CommandDef } from "citty";
import { differences } from "./expectations.ts";
import { PURCHASES, purchase } from "./purchase.ts";
import { type Stage, startDemo } from "./stage.ts";
import { timeline } from "./timeline.ts";

/** `pay demo`: one purchase through each gateway on this machine. Then the shop stays open. */
export const demoCommand: CommandDef<{ readonly once: BooleanArgDef }> = {
  meta: { name: "demo", description: "Buys one item through each gateway on this machine, then leaves the shop open." },
  args: {
    once: {
      type: "boolean",
      default: false,
      description: "End after the two purchases, with exit code 1 if anything differed",
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
        ? "Both purchases went as expected: paid once, reported once, delivered once."
        : "The purchases did not go as expected.",
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
    // A process that only waits for signals would end.
    const alive = setInterval(() => {}, 60_000);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        clearInterval(alive);
        resolve();
      });
    }
  });
}
