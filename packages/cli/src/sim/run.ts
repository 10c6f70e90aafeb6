import { readFile } from "node:fs/promises";
import { types } from "node:util";
import { DEMO_SELLLY_SHOP, type Scenario, type SelllyShop, type Simulator, startSimulator } from "@pay/simulator";

/** The options as you gave them. Without a shop, the simulator's demo shop is used. */
export interface SimRun {
  readonly port: string;
  readonly shopId?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly notificationUrl?: string | undefined;
  readonly returnUrl?: string | undefined;
  readonly seed?: string | undefined;
  /** Path of a scenario to run instead of waiting. */
  readonly scenario?: string | undefined;
  /** Ends it. */
  readonly stopping: AbortSignal;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** The exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** @returns the exit code */
export async function runSim(run: SimRun): Promise<number> {
  try {
    const scenario = run.scenario === undefined ? undefined : await readScenarioFile(run.scenario);
    const seed = run.seed === undefined ? undefined : wholeNumber("--seed", run.seed, 4_294_967_295);
    const shop = shopOf(run);
    const simulator = await startSimulator({
      port: wholeNumber("--port", run.port, 65_535),
      sellly: { shops: [shop] },
      clock: scenario === undefined ? "real" : "virtual",
      ...(seed !== undefined && { seed }),
    });
    try {
      run.out(addresses(simulator, shop));
      return await (scenario === undefined ? stayOpen(run) : play(simulator, scenario, run));
    } finally {
      await simulator.close();
    }
  } catch (error) {
    run.err(`${explained(error)}\n`);
    return 1;
  }
}

function shopOf({ notificationUrl, returnUrl, secretKey, shopId }: SimRun): SelllyShop {
  return {
    shopId: shopId ?? DEMO_SELLLY_SHOP.shopId,
    secretKey: secretKey ?? DEMO_SELLLY_SHOP.secretKey,
    ...(notificationUrl !== undefined && { notificationUrl }),
    ...(returnUrl !== undefined && { returnUrl }),
  };
}

/** Shows the demo shop's key, which works with the simulator alone, and no other key. */
function addresses(
  { gosettiUrl, selllyUrl, url }: Simulator,
  { notificationUrl, secretKey, shopId }: SelllyShop,
): string {
  const lines = [
    ["pages", url],
    ["control", `${url}/api`],
    ["GOSetti.pl", gosettiUrl],
    ["Sellly", selllyUrl],
    ["shop_id", shopId],
    ...(secretKey === DEMO_SELLLY_SHOP.secretKey ? [["secret_key", secretKey]] : []),
    ["notifies", notificationUrl ?? "no address yet; set one with --notification-url or the control API"],
  ];
  return lines.map(([name, value]) => `  ${name!.padEnd(12)}${value}\n`).join("");
}

async function stayOpen({ out, stopping }: SimRun): Promise<number> {
  out("\nCtrl-C ends it.\n");
  await stopped(stopping);
  return 0;
}

function stopped(stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.aborted) resolve();
    stopping.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function play(simulator: Simulator, scenario: Scenario, { out, seed, stopping }: SimRun): Promise<number> {
  const given = seed === undefined ? scenario : { ...scenario, seed: Number(seed) };
  const result = await Promise.race([simulator.run(given), stopped(stopping)]);
  if (result === undefined) return INTERRUPTED;
  const { ok, seed: used, steps } = result;
  for (const { kind, reason, step } of steps) out(`  ${step + 1}  ${kind}${reason === null ? "" : `: ${reason}`}\n`);
  const ended = ok ? "went as it should" : `failed at step ${steps.length}`;
  out(`The scenario ${ended} (seed ${used}, ${simulator.exchanges().length} exchanges).\n`);
  return ok ? 0 : 1;
}

/** The simulator checks the scenario. Errors here show none of the file's text. */
async function readScenarioFile(path: string): Promise<Scenario> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The scenario ${path} cannot be read (${error.code ?? "unknown reason"}).`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The scenario ${path} is not JSON.`);
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
  throw new Error(`${name} must be a whole number from 0 to ${most}.`);
}

function explained(error: unknown): string {
  // A test runner may load this file in another realm than node:http, so `instanceof Error` would be false.
  if (!types.isNativeError(error)) return "It failed.";
  return "code" in error && error.code === "EADDRINUSE"
    ? "The port is in use; choose another with --port."
    : error.message;
}
