import type { ChaosRules } from "../chaos/rules.ts";
import { BUYER_ACTIONS } from "../engine/buyer.ts";
import { failure } from "../engine/failure.ts";
import { choice, type Field, type Kinds, onlyKnown, readKind, readObject, whole, wrong } from "../engine/fields.ts";
import type { GatewaySet } from "../engine/gateway-set.ts";
import { callObjection } from "../engine/loopback.ts";
import type { Scenario, ScenarioStep } from "./model.ts";

/** A longer scenario is a mistake. */
const MAX_STEPS = 1_000;
/** A year. */
const MAX_ADVANCE_MS = 31_536_000_000;

/** Checks a scenario before it starts. */
export interface ScenarioReader {
  /** Throws `bad_scenario`, which names the step, the field and what it must be, and `bad_chaos`. */
  read(value: unknown): Scenario & { readonly seed: number };
}

const callbackUrl: Field = {
  name: "callbackUrl",
  isRequired: false,
  must: "an absolute http or https address on this machine",
  fits: (value) => typeof value === "string" && callObjection(value) === null,
};
const amount: Field = {
  name: "amount",
  isRequired: false,
  must: 'an amount with two decimals, e.g. "19.99"',
  fits: (value) => typeof value === "string" && /^(0|[1-9]\d{0,8})\.\d{2}$/.test(value) && /[1-9]/.test(value),
};
const status = whole("answer", false, 100, 599);
const answer: Field = {
  ...status,
  must: `${status.must}, or "none"`,
  fits: (value) => value === "none" || status.fits(value),
};
const chaos: Field = { name: "chaos", isRequired: true, must: "an object", fits: (value) => typeof value === "object" };
const seedField = whole("seed", false, 0, 4_294_967_295);

function name(field: string, isRequired: boolean): Field {
  const must = "a name of 1 to 40 letters, digits, - and _";
  return { name: field, isRequired, must, fits: (value) => typeof value === "string" && /^[\w-]{1,40}$/.test(value) };
}

function stepKinds(gatewayNames: readonly string[]): Kinds<ScenarioStep["kind"]> {
  const gateway = (isRequired: boolean) => choice("gateway", isRequired, gatewayNames);
  return {
    create: [name("as", true), gateway(true), callbackUrl, amount, answer],
    await_create: [name("as", true), gateway(false), whole("withinMs", false, 1, 600_000)],
    chaos: [name("payment", false), chaos],
    buyer: [name("payment", true), choice("action", true, BUYER_ACTIONS)],
    resend: [name("payment", true)],
    advance: [whole("ms", true, 0, MAX_ADVANCE_MS)],
    expect: [
      name("payment", true),
      choice("state", false, ["open", "paid", "declined", "expired"]),
      choice("verdict", false, ["accepted", "will_retry", "no_redirect", "not_sent", "aborted"]),
      whole("callbacks", false, 0, 100_000),
    ],
  };
}

export function createScenarioReader(gateways: GatewaySet, rules: ChaosRules): ScenarioReader {
  const kinds = stepKinds(gateways.all.map((gateway) => gateway.name));

  function readStep(value: unknown, path: string): ScenarioStep {
    const step = readKind<ScenarioStep>(value, path, kinds, "bad_scenario");
    const needsUrl = step.kind === "create" && gateways.of(step).scenarioNeedsCallbackUrl;
    if (needsUrl && step.callbackUrl === undefined) {
      throw wrong("bad_scenario", `${path}.callbackUrl`, callbackUrl.must);
    }
    if (step.kind !== "chaos") return step;
    return { ...step, chaos: rules.read(step.chaos, step.payment === undefined ? "future" : "existing") };
  }

  return {
    read(value) {
      const given = readObject(value, "scenario", "bad_scenario");
      onlyKnown(given, "scenario", ["seed", "steps"], "bad_scenario");
      const { seed = 1, steps } = given;
      if (!seedField.fits(seed)) throw wrong("bad_scenario", "seed", seedField.must);
      if (!Array.isArray(steps) || steps.length > MAX_STEPS) {
        throw wrong("bad_scenario", "steps", `a list of at most ${MAX_STEPS}`);
      }
      const read = steps.map((step, index) => readStep(step, `steps[${index}]`));
      checkNames(read);
      return { seed: seed as number, steps: read };
    },
  };
}

function checkNames(steps: readonly ScenarioStep[]): void {
  const names = new Set<string>();
  for (const [index, step] of steps.entries()) {
    if ("as" in step) {
      if (names.has(step.as))
        throw failure("bad_scenario", `steps[${index}].as must be a name that no payment has yet`);
      names.add(step.as);
    }
    if ("payment" in step && step.payment !== undefined && !names.has(step.payment)) {
      throw failure("bad_scenario", `steps[${index}].payment must be the name of a payment of an earlier step`);
    }
  }
}
