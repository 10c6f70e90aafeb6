import { afterEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "../../test/clock.ts";
import { createSellly } from "../../test/create.ts";
import { REDELIVERY, type Stage, startStage } from "../../test/stage.ts";
import { startSimulator } from "../index.ts";

let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const hour = 3_600_000;

describe("the clock", () => {
  it("stands still when it is virtual, and what falls due happens in order of time", async () => {
    stage = await startStage();
    const { simulator } = stage;
    expect(simulator.now()).toBe("2026-01-01T12:00:00.000Z");
    stage.answer = () => ({ body: "no" });
    const first = await stage.sellly();
    await simulator.act(first, "pay");
    await simulator.idle(first);
    await simulator.advance(REDELIVERY - 1);
    const second = await stage.sellly();
    await simulator.act(second, "pay");
    await simulator.idle(second);
    await simulator.advance(REDELIVERY);
    expect(simulator.callbacks().map(({ payment, startedAt }) => [payment, startedAt.slice(14)])).toEqual([
      [first, "00:00.000Z"],
      [second, "00:29.999Z"],
      [first, "00:30.000Z"],
      [second, "00:59.999Z"],
    ]);
    expect(simulator.now()).toBe("2026-01-01T12:00:59.999Z");
  });

  it("ends what falls due before it moves further, and takes jumps one after the other", async () => {
    stage = await startStage();
    const { simulator } = stage;
    stage.answer = () => ({ body: "no" });
    await simulator.act(await stage.sellly(), "pay");
    await Promise.all([simulator.advance(REDELIVERY), simulator.advance(REDELIVERY), simulator.advance(REDELIVERY)]);
    expect(simulator.callbacks()).toHaveLength(4);
  });

  it("can also be moved when it is real", async () => {
    const before = Date.now();
    stage = await startStage({ clock: "real" });
    const { simulator } = stage;
    stage.answer = () => (stage!.shop.requests.length === 1 ? { body: "no" } : undefined);
    const id = await stage.sellly();
    await simulator.act(id, "pay");
    await simulator.idle(id);
    await simulator.advance(REDELIVERY);
    expect(simulator.callbacks().map(({ verdict }) => verdict.kind)).toEqual(["will_retry", "accepted"]);
    expect(Date.parse(simulator.now()) - before).toBeGreaterThanOrEqual(REDELIVERY);
  });

  it("runs redeliveries by itself when it is real", async () => {
    stage = await startStage({ clock: "real", redeliveryMs: 1 });
    const { shop, simulator } = stage;
    const arrived = new Promise<void>((resolve) => {
      stage!.answer = () => (shop.requests.length === 3 ? resolve() : { body: "no" }) as undefined;
    });
    await simulator.act(await stage.sellly(), "pay");
    await arrived;
    expect(shop.requests).toHaveLength(3);
  });

  it("is in the control API", async () => {
    stage = await startStage();
    expect(await stage.call("POST", "/clock/advance", { ms: 1_500 })).toEqual({
      status: 200,
      json: { now: "2026-01-01T12:00:01.500Z" },
    });
    expect((await stage.call("GET", "/clock")).json).toEqual({ now: "2026-01-01T12:00:01.500Z", isStill: true });
    for (const ms of [-1, 0.5, "1", null, 1e12]) {
      expect(await stage.call("POST", "/clock/advance", { ms })).toMatchObject({
        status: 400,
        json: { error: "bad_request" },
      });
    }
  });

  it("cannot be moved when redeliveries follow the option schedule", async () => {
    const simulator = await startSimulator({ schedule: manualClock().schedule });
    await expect(simulator.advance(1)).rejects.toMatchObject({ code: "foreign_clock" });
    await simulator.close();
  });
});

describe("expiry", () => {
  it("ends a payment that was not paid, and calls the shop as for a declined one", async () => {
    stage = await startStage();
    const { simulator } = stage;
    const gosetti = await stage.gosetti();
    const sellly = await stage.sellly();
    expect(simulator.payments()[0]!.expiresAt).toBe("2026-01-01T13:00:00.000Z");
    await simulator.advance(hour - 1);
    expect(simulator.payments().map(({ state }) => state)).toEqual(["open", "open"]);
    await simulator.advance(1);
    expect(simulator.payments().map(({ state }) => state)).toEqual(["expired", "expired"]);
    expect(stage.received().map(([, id, status]) => [id, status])).toEqual([
      [gosetti, "false"],
      [sellly, "ERR"],
    ]);
    await expect(simulator.act(sellly, "pay")).rejects.toMatchObject({ code: "already_finished" });
  });

  it("does not affect a payment that was paid in time", async () => {
    stage = await startStage({ expiryMs: 1_000 });
    const id = await stage.sellly();
    await stage.simulator.act(id, "pay");
    await stage.simulator.idle(id);
    await stage.simulator.advance(hour);
    expect(stage.simulator.payments()[0]!.state).toBe("paid");
    expect(stage.shop.requests).toHaveLength(1);
  });

  it("happens by itself when the clock is real, even with a schedule of its own", async () => {
    const simulator = await startSimulator({ expiryMs: 1, schedule: manualClock().schedule });
    const id = await createSellly(simulator);
    while (simulator.callbacks().length === 0) await fetch(`${simulator.url}/api/payments/${id}`);
    expect(simulator.payments()[0]!.state).toBe("expired");
    await simulator.close();
  });
});

describe("a seed", () => {
  it("decides every id and every random choice", async () => {
    const runs: unknown[] = [];
    for (const seed of [7, 7, 8]) {
      const one = await startStage({
        seed,
        chaos: { callbacks: [{ kind: "wrong_secret" }, { kind: "changed_id", to: "nobody" }] },
      });
      for (const id of [await one.sellly(), await one.gosetti()]) {
        await one.simulator.act(id, "pay");
        await one.simulator.idle(id);
      }
      await one.simulator.advance(3 * REDELIVERY);
      runs.push(one.received());
      await one.close();
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
  });

  it.each([{ clock: "fast" }, { seed: -1 }, { seed: 0.5 }, { expiryMs: 0 }])("%j is refused", async (options) => {
    await expect(startSimulator(options as never)).rejects.toThrow(TypeError);
  });
});
