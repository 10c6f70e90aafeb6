import { BUYER_ACTIONS } from "../buyer.ts";
import { readChaos } from "../chaos/read.ts";
import { failure } from "../failure.ts";
import { choice, type Field, type Kinds, onlyKnown, readKind, readObject, whole, wrong } from "../fields.ts";
import { callObjection } from "../loopback.ts";
import type { Scenario, ScenarioStep } from "./model.ts";

/** More is no scenario that anybody would read. */
const MOST_STEPS = 1_000;
/** A year. */
const LONGEST = 31_536_000_000;

function name(field: string, needed: boolean): Field {
  const must = "a name of 1 to 40 letters, digits, - and _";
  return { name: field, needed, must, fits: (value) => typeof value === "string" && /^[\w-]{1,40}$/.test(value) };
}

const gateway = (needed: boolean) => choice("gateway", needed, ["gosetti", "sellly"]);
const callbackUrl: Field = {
  name: "callbackUrl",
  needed: false,
  must: "an absolute http or https address on this machine",
  fits: (value) => typeof value === "string" && callObjection(value) === null,
};
const amount: Field = {
  name: "amount",
  needed: false,
  must: 'an amount with two decimals, e.g. "19.99"',
  fits: (value) => typeof value === "string" && /^(0|[1-9]\d{0,8})\.\d{2}$/.test(value) && /[1-9]/.test(value),
};
const status = whole("answer", false, 100, 599);
const answer: Field = {
  ...status,
  must: `${status.must}, or "none"`,
  fits: (value) => value === "none" || status.fits(value),
};
const chaos: Field = { name: "chaos", needed: true, must: "an object", fits: (value) => typeof value === "object" };

const STEPS: Kinds<ScenarioStep["kind"]> = {
  create: [name("as", true), gateway(true), callbackUrl, amount, answer],
  await_create: [name("as", true), gateway(false), whole("within", false, 1, 600_000)],
  chaos: [name("payment", false), chaos],
  buyer: [name("payment", true), choice("action", true, BUYER_ACTIONS)],
  resend: [name("payment", true)],
  advance: [whole("ms", true, 0, LONGEST)],
  expect: [
    name("payment", true),
    choice("state", false, ["open", "paid", "declined", "expired"]),
    choice("verdict", false, ["accepted", "will_retry", "no_redirect", "not_sent", "aborted"]),
    whole("callbacks", false, 0, 100_000),
  ],
};

/**
 * Checks a scenario before anything of it happens. Throws `bad_scenario`, which names the step, the field and what it must
 * be, and `bad_chaos`.
 */
export function readScenario(value: unknown): Scenario & { readonly seed: number } {
  const given = readObject(value, "scenario", "bad_scenario");
  onlyKnown(given, "scenario", ["seed", "steps"], "bad_scenario");
  const { seed = 1, steps } = given;
  const whichSeed = whole("seed", false, 0, 4_294_967_295);
  if (!whichSeed.fits(seed)) throw wrong("bad_scenario", "seed", whichSeed.must);
  if (!Array.isArray(steps) || steps.length > MOST_STEPS) {
    throw wrong("bad_scenario", "steps", `a list of at most ${MOST_STEPS}`);
  }
  const read = steps.map((step, at) => readStep(step, `steps[${at}]`));
  checkNames(read);
  return { seed: seed as number, steps: read };
}

function readStep(value: unknown, at: string): ScenarioStep {
  const step = readKind<ScenarioStep>(value, at, STEPS, "bad_scenario");
  if (step.kind === "create" && step.gateway === "gosetti" && step.callbackUrl === undefined) {
    throw wrong("bad_scenario", `${at}.callbackUrl`, callbackUrl.must);
  }
  if (step.kind !== "chaos") return step;
  return { ...step, chaos: readChaos(step.chaos, step.payment === undefined ? "to come" : "made") };
}

function checkNames(steps: readonly ScenarioStep[]): void {
  const names = new Set<string>();
  for (const [at, step] of steps.entries()) {
    if ("as" in step) {
      if (names.has(step.as)) throw failure("bad_scenario", `steps[${at}].as must be a name that no payment has yet`);
      names.add(step.as);
    }
    if ("payment" in step && step.payment !== undefined && !names.has(step.payment)) {
      throw failure("bad_scenario", `steps[${at}].payment must be the name of a payment of an earlier step`);
    }
  }
}
