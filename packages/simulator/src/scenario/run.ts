import type { ControlParts } from "../control.ts";
import type { CreateExchange } from "../exchange/model.ts";
import { failure, isSimulatorFailure } from "../failure.ts";
import type { Addresses } from "../pages/home.ts";
import type { Random } from "../random.ts";
import { type Sent, send } from "../send.ts";
import type { ScenarioResult, ScenarioStep, StepResult } from "./model.ts";
import { readScenario } from "./read.ts";
import { createRequest } from "./shop.ts";

export interface StageParts extends Omit<ControlParts, "scenarios"> {
  readonly addresses: Addresses;
  readonly random: Random;
  /** What the simulator was started with. */
  readonly seed: number | null;
  /** Whether time can be stopped and moved. */
  readonly isForeignClock: boolean;
}

/** Milliseconds a scenario's own create request waits for an answer that is not to come. */
const GIVE_UP = 100;
const PATIENCE = 10_000;

export interface ScenarioRunner {
  /**
   * Runs a scenario on an empty simulator: payments, log and chaos of before are gone, and time stands still but for
   * `advance`. Rejects: `bad_scenario`, `bad_chaos`, `busy` while another one runs, `foreign_clock`.
   */
  run(scenario: unknown): Promise<ScenarioResult>;
}

export function createScenarioRunner(parts: StageParts): ScenarioRunner {
  const { chaos, clock, delivery, exchanges, isForeignClock, ledger, random } = parts;
  let isRunning = false;

  async function reset(seed: number | null): Promise<void> {
    chaos.set({});
    chaos.release();
    await delivery.reset();
    clock.clear();
    ledger.clear();
    exchanges.clear();
    random.reseed(seed);
  }

  async function play(steps: readonly ScenarioStep[]): Promise<StepResult[]> {
    const names = new Map<string, string>();
    const results: StepResult[] = [];
    for (const [step, one] of steps.entries()) {
      const why = await take(one, names, parts).catch((error: unknown) => {
        if (isSimulatorFailure(error)) return error.message;
        throw error;
      });
      await delivery.idle();
      results.push({ step, kind: one.kind, why });
      if (why !== null) break;
    }
    return results;
  }

  return {
    async run(given) {
      const { seed, steps } = readScenario(given);
      if (isForeignClock)
        throw failure("foreign_clock", "A scenario moves time, which follows a schedule that was handed in");
      if (isRunning) throw failure("busy", "Another scenario is running");
      isRunning = true;
      const thaw = clock.freeze();
      try {
        await reset(seed);
        const results = await play(steps);
        return { ok: results.every(({ why }) => why === null), seed, steps: results, exchanges: exchanges.all() };
      } finally {
        random.reseed(parts.seed);
        thaw();
        isRunning = false;
      }
    },
  };
}

/** Resolves to what was not as it should be, null when all was. */
async function take(step: ScenarioStep, names: Map<string, string>, parts: StageParts): Promise<string | null> {
  const { buyer, chaos, clock, delivery, ledger } = parts;
  const idOf = (name: string): string => {
    const id = names.get(name);
    if (id === undefined) throw failure("unknown_payment", `No payment was made for ${name}`);
    return id;
  };
  switch (step.kind) {
    case "create":
      return create(step, names, parts);
    case "await_create":
      return awaitCreate(step, names, parts);
    case "chaos":
      if (step.payment === undefined) chaos.set(step.chaos);
      else {
        ledger.change(idOf(step.payment), { chaos: step.chaos });
        delivery.replan(idOf(step.payment));
      }
      return null;
    case "buyer":
      await buyer.act(idOf(step.payment), step.action);
      return null;
    case "resend":
      await delivery.resend(idOf(step.payment));
      return null;
    case "advance":
      await clock.advance(step.ms);
      return null;
    case "expect":
      return compare(step, idOf(step.payment), parts);
    default:
      return step satisfies never;
  }
}

async function create(
  step: Extract<ScenarioStep, { kind: "create" }>,
  names: Map<string, string>,
  { addresses, exchanges, shops }: StageParts,
): Promise<string | null> {
  const shop = shops.all()[0];
  if (shop === undefined) return "there is no Sellly shop";
  if (step.gateway === "sellly" && step.callbackUrl !== undefined)
    shops.setNotificationUrl(shop.shopId, step.callbackUrl);
  const wanted = step.answer ?? 200;
  const logged = exchanges.nextCreate(() => true, AbortSignal.timeout(2 * PATIENCE));
  const timeout = wanted === "none" ? GIVE_UP : PATIENCE;
  const sent = await send(createRequest(step, addresses, shop), { timeout, closing: new AbortController().signal });
  // The simulator may notice later than the client that the client has gone.
  const payment = (await logged)?.payment ?? null;
  if (payment !== null) names.set(step.as, payment);
  const got = statusOf(sent);
  return got === wanted ? null : `create was answered ${got} instead of ${wanted}`;
}

function statusOf(sent: Sent): number | "none" {
  return sent.kind === "answered" ? sent.response.status : "none";
}

async function awaitCreate(
  { as, gateway, within = PATIENCE }: Extract<ScenarioStep, { kind: "await_create" }>,
  names: Map<string, string>,
  { exchanges }: StageParts,
): Promise<string | null> {
  const named = new Set(names.values());
  const isIt = (one: CreateExchange) =>
    one.payment !== null && !named.has(one.payment) && (gateway === undefined || one.gateway === gateway);
  const before = exchanges.all().find((one): one is CreateExchange => one.kind === "create" && isIt(one));
  const found = before ?? (await exchanges.nextCreate(isIt, AbortSignal.timeout(within)));
  if (!found?.payment) return `the shop created no payment within ${within} ms`;
  names.set(as, found.payment);
  return null;
}

function compare(step: Extract<ScenarioStep, { kind: "expect" }>, id: string, { ledger }: StageParts): string | null {
  const own = ledger.callbacks().filter(({ payment }) => payment === id);
  const found = { state: ledger.get(id).state, verdict: own.at(-1)?.verdict.kind ?? "none", callbacks: own.length };
  const differences = (["state", "verdict", "callbacks"] as const)
    .filter((name) => step[name] !== undefined && step[name] !== found[name])
    .map((name) => `${name} is ${found[name]} instead of ${step[name]}`);
  return differences.length === 0 ? null : differences.join(", ");
}
