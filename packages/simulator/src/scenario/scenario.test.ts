import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "../../test/clock.ts";
import { createGosetti } from "../../test/create.ts";
import { REDELIVERY, type Stage, startStage } from "../../test/stage.ts";
import { type Scenario, type ScenarioResult, type ScenarioStep, startSimulator } from "../index.ts";

let stage: Stage;

beforeEach(async () => {
  stage = await startStage({ clock: "real", seed: 99 });
});

afterEach(() => stage.close());

function gosetti(as: string, more: object = {}): ScenarioStep {
  return { kind: "create", as, gateway: "gosetti", callbackUrl: `${stage.shop.url}/cb/token-number-1`, ...more };
}

function sellly(as: string, more: object = {}): ScenarioStep {
  return { kind: "create", as, gateway: "sellly", callbackUrl: `${stage.shop.url}/notify`, ...more };
}

/** Every kind of step. */
function everything(): Scenario {
  return {
    seed: 42,
    steps: [
      { kind: "chaos", chaos: { callbacks: [{ kind: "wrong_secret" }, { kind: "duplicate", count: 3 }] } },
      sellly("a"),
      { kind: "buyer", payment: "a", action: "pay" },
      { kind: "expect", payment: "a", state: "paid", verdict: "accepted", callbacks: 1 },
      { kind: "advance", ms: REDELIVERY },
      { kind: "expect", payment: "a", callbacks: 4 },
      { kind: "chaos", chaos: { callbacks: [{ kind: "early" }, { kind: "changed_id", to: "nobody" }] } },
      gosetti("b", { amount: "20.00" }),
      { kind: "chaos", chaos: { create: { kind: "hang" }, callbacks: [{ kind: "reorder" }] } },
      gosetti("c", { answer: "none" }),
      { kind: "chaos", chaos: { create: { kind: "error", code: 699 } } },
      sellly("d", { answer: 500 }),
      { kind: "buyer", payment: "c", action: "vanish" },
      { kind: "resend", payment: "b" },
      { kind: "chaos", payment: "a", chaos: { callbacks: [{ kind: "drop", count: "all" }] } },
      { kind: "resend", payment: "a" },
      { kind: "expect", payment: "a", verdict: "not_sent" },
      { kind: "advance", ms: 3_600_000 },
      { kind: "expect", payment: "c", state: "paid", verdict: "accepted" },
    ],
  };
}

/** The log without times and ports, which may differ. */
function comparable({ exchanges }: ScenarioResult): string {
  return JSON.stringify(exchanges, null, 1)
    .replaceAll(/\b(127\.0\.0\.1|localhost):\d+/g, "$1:0")
    .replaceAll(/"startedAt": "[^"]*"/g, '"startedAt": ""')
    .replaceAll(/"Date",\s*"[^"]*"/g, '"Date", ""');
}

describe("a scenario", () => {
  it("has the same log in every run, byte for byte, with another one in between and in another simulator", async () => {
    const first = await stage.simulator.run(everything());
    expect(first.steps.filter(({ reason }) => reason !== null)).toEqual([]);
    expect(first.exchanges.length).toBeGreaterThan(15);
    await stage.simulator.run({ seed: 7, steps: [sellly("z")] });
    const { json } = await stage.call("POST", "/scenario", everything());
    expect(comparable(json as ScenarioResult)).toBe(comparable(first));
    await stage.close();
    stage = await startStage();
    expect(comparable(await stage.simulator.run(everything()))).toBe(comparable(first));
    expect(comparable(await stage.simulator.run({ ...everything(), seed: 43 }))).not.toBe(comparable(first));
  });

  it("ends with the first step that fails, and says why", async () => {
    const result = await stage.simulator.run({
      steps: [
        sellly("a"),
        { kind: "buyer", payment: "a", action: "decline" },
        { kind: "expect", payment: "a", state: "paid", verdict: "will_retry", callbacks: 1 },
        { kind: "advance", ms: 1 },
      ],
    });
    expect(result).toMatchObject({ ok: false, seed: 1 });
    expect(result.steps.map(({ reason }) => reason)).toEqual([
      null,
      null,
      "state is declined instead of paid, verdict is accepted instead of will_retry",
    ]);
  });

  it.each<[string, (a: ScenarioStep) => ScenarioStep[]]>([
    ["create was answered 200 instead of none", (a) => [{ ...a, answer: "none" } as ScenarioStep]],
    ["the shop created no payment within 1 ms", () => [{ kind: "await_create", as: "x", withinMs: 1 }]],
    ["Payment is already paid", (a) => [a, pay("a"), pay("a")]],
    ["there is no callback to send", (a) => [a, { kind: "resend", payment: "a" }]],
  ])("says: %s", async (reason, steps) => {
    const result = await stage.simulator.run({ steps: steps(sellly("a")) });
    expect(result.ok).toBe(false);
    expect(result.steps.at(-1)!.reason!.replace(/ [0-9A-Z]{19}/, "")).toContain(reason);
  });

  function pay(payment: string): ScenarioStep {
    return { kind: "buyer", payment, action: "pay" };
  }

  it("waits for a payment that the shop creates itself", async () => {
    const running = stage.simulator.run({
      steps: [
        { kind: "await_create", as: "own", gateway: "gosetti" },
        { kind: "buyer", payment: "own", action: "pay" },
        { kind: "expect", payment: "own", state: "paid", verdict: "accepted" },
      ],
    });
    const id = await createGosetti(stage.simulator, { CallbackUrl: stage.shop.url });
    expect(await running).toMatchObject({ ok: true });
    expect(stage.simulator.payments().map((one) => one.id)).toEqual([id]);
  });

  it("begins with an empty simulator, and leaves time running afterwards", async () => {
    await stage.sellly();
    stage.simulator.setChaos({ callbacks: [{ kind: "drop" }] });
    await stage.simulator.run({ steps: [] });
    expect([stage.simulator.payments(), stage.simulator.exchanges(), stage.simulator.callbacks()]).toEqual([
      [],
      [],
      [],
    ]);
    expect((await stage.call("GET", "/chaos")).json).toEqual({ chaos: {} });
    expect((await stage.call("GET", "/clock")).json).toMatchObject({ isStill: false });
  });

  it("runs alone, and not with the option schedule", async () => {
    const running = stage.simulator.run({ steps: [{ kind: "await_create", as: "a", withinMs: 60_000 }] });
    expect(await stage.call("POST", "/scenario", { steps: [] })).toMatchObject({
      status: 409,
      json: { error: "busy" },
    });
    await stage.sellly();
    await running;
    const simulator = await startSimulator({ schedule: manualClock().schedule });
    await expect(simulator.run({ steps: [] })).rejects.toMatchObject({ code: "foreign_clock" });
    await simulator.close();
  });

  it.each<[object, string, string]>([
    [{}, "bad_scenario", "steps must be a list"],
    [{ steps: [], speed: 1 }, "bad_scenario", "scenario has an unknown field; the known fields are seed, steps"],
    [{ steps: [], seed: "x" }, "bad_scenario", "seed must be a whole number from 0"],
    [{ steps: [{ kind: "sleep" }] }, "bad_scenario", "steps[0].kind must be one of create, await_create"],
    [{ steps: [{ kind: "advance" }] }, "bad_scenario", "steps[0].ms must be a whole number"],
    [
      { steps: [{ kind: "create", as: "a", gateway: "gosetti" }] },
      "bad_scenario",
      "steps[0].callbackUrl must be an absolute",
    ],
    [
      { steps: [{ kind: "create", as: "a", gateway: "sellly", callbackUrl: "https://shop.example/" }] },
      "bad_scenario",
      "steps[0].callbackUrl must be an absolute http or https address on this machine",
    ],
    [{ steps: [{ kind: "create", as: "a", gateway: "sellly", amount: "1" }] }, "bad_scenario", "steps[0].amount"],
    [{ steps: [{ kind: "resend", payment: "a" }] }, "bad_scenario", "steps[0].payment must be the name of a payment"],
    [
      {
        steps: [
          { kind: "await_create", as: "a" },
          { kind: "await_create", as: "a" },
        ],
      },
      "bad_scenario",
      "steps[1].as must be a name that no payment has yet",
    ],
    [{ steps: [{ kind: "chaos", chaos: { callbacks: [{ kind: "boom" }] } }] }, "bad_chaos", "callbacks[0].kind"],
  ])("%j is refused", async (scenario, code, message) => {
    const answer = await stage.call("POST", "/scenario", scenario);
    expect(answer).toMatchObject({ status: 400, json: { error: code, message: expect.stringContaining(message) } });
    await expect(stage.simulator.run(scenario as Scenario)).rejects.toMatchObject({ code });
  });
});
