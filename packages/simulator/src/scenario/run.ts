import type { SimulatorContext } from "../engine/context.ts";
import { failure, isSimulatorFailure } from "../engine/failure.ts";
import { urlOf } from "../engine/gateway-set.ts";
import { type Sent, send } from "../engine/send.ts";
import type { CreateExchange } from "../exchanges/model.ts";
import type { ScenarioRunner, ScenarioStep, StepResult } from "./model.ts";
import { createScenarioReader } from "./read.ts";

/** Milliseconds that a scenario's own create request waits if no answer is expected. */
const GIVE_UP_MS = 100;
const PATIENCE_MS = 10_000;
const DEFAULT_AMOUNT = "19.99";

export function createScenarioRunner(context: SimulatorContext): ScenarioRunner {
  const { chaos, clock, delivery, exchanges, gateways, isForeignClock, ledger, random } = context;
  const reader = createScenarioReader(gateways, context.chaosRules);
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

  async function runSteps(steps: readonly ScenarioStep[]): Promise<StepResult[]> {
    const ids = new Map<string, string>();
    const results: StepResult[] = [];
    for (const [index, step] of steps.entries()) {
      const reason = await runStep(step, ids, context).catch((error: unknown) => {
        if (isSimulatorFailure(error)) return error.message;
        throw error;
      });
      await delivery.idle();
      results.push({ step: index, kind: step.kind, reason });
      if (reason !== null) break;
    }
    return results;
  }

  return {
    async run(given) {
      const { seed, steps } = reader.read(given);
      if (isForeignClock) {
        throw failure("foreign_clock", "run() does not work together with the option schedule: a scenario moves time");
      }
      if (isRunning) throw failure("busy", "Another scenario is running");
      isRunning = true;
      const thaw = clock.freeze();
      try {
        await reset(seed);
        const results = await runSteps(steps);
        return { ok: results.every(({ reason }) => reason === null), seed, steps: results, exchanges: exchanges.all() };
      } finally {
        random.reseed(context.seed);
        thaw();
        isRunning = false;
      }
    },
  };
}

/** Resolves to the difference from what was expected, or to null if there is none. */
async function runStep(
  step: ScenarioStep,
  ids: Map<string, string>,
  context: SimulatorContext,
): Promise<string | null> {
  const { buyer, chaos, clock, delivery, ledger } = context;
  const idOf = (name: string): string => {
    const id = ids.get(name);
    if (id === undefined) throw failure("unknown_payment", `The step that creates ${name} made no payment`);
    return id;
  };
  switch (step.kind) {
    case "create":
      return create(step, ids, context);
    case "await_create":
      return awaitCreate(step, ids, context);
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
      return compare(step, idOf(step.payment), context);
    default:
      return step satisfies never;
  }
}

async function create(
  { amount = DEFAULT_AMOUNT, answer: expected = 200, as, callbackUrl, gateway: name }: StepOf<"create">,
  ids: Map<string, string>,
  { exchanges, gateways, url }: SimulatorContext,
): Promise<string | null> {
  const gateway = gateways.of({ gateway: name });
  const order = { amount, ...(callbackUrl !== undefined && { callbackUrl }) };
  const request = gateway.shopRequest(order, urlOf(gateway, url));
  const logged = exchanges.nextCreate(() => true, AbortSignal.timeout(2 * PATIENCE_MS));
  const timeoutMs = expected === "none" ? GIVE_UP_MS : PATIENCE_MS;
  const sent = await send(request, { timeoutMs, closing: new AbortController().signal });
  // The log may be later than the client, because the simulator notices afterwards that the client has gone.
  const payment = (await logged)?.payment ?? null;
  if (payment !== null) ids.set(as, payment);
  const status = statusOf(sent);
  return status === expected ? null : `create was answered ${status} instead of ${expected}`;
}

type StepOf<Kind extends ScenarioStep["kind"]> = Extract<ScenarioStep, { kind: Kind }>;

function statusOf(sent: Sent): number | "none" {
  return sent.kind === "answered" ? sent.response.status : "none";
}

async function awaitCreate(
  { as, gateway, withinMs = PATIENCE_MS }: StepOf<"await_create">,
  ids: Map<string, string>,
  { exchanges }: SimulatorContext,
): Promise<string | null> {
  const named = new Set(ids.values());
  const isWanted = (one: CreateExchange) =>
    one.payment !== null && !named.has(one.payment) && (gateway === undefined || one.gateway === gateway);
  const before = exchanges.all().find((one): one is CreateExchange => one.kind === "create" && isWanted(one));
  const found = before ?? (await exchanges.nextCreate(isWanted, AbortSignal.timeout(withinMs)));
  if (!found?.payment) return `the shop created no payment within ${withinMs} ms`;
  ids.set(as, found.payment);
  return null;
}

function compare(step: StepOf<"expect">, id: string, { ledger }: SimulatorContext): string | null {
  const own = ledger.callbacks().filter(({ payment }) => payment === id);
  const found = { state: ledger.get(id).state, verdict: own.at(-1)?.verdict.kind ?? "none", callbacks: own.length };
  const differences = (["state", "verdict", "callbacks"] as const)
    .filter((name) => step[name] !== undefined && step[name] !== found[name])
    .map((name) => `${name} is ${found[name]} instead of ${step[name]}`);
  return differences.length === 0 ? null : differences.join(", ");
}
