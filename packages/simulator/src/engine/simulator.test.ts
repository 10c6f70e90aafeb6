import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import { manualClock } from "../../test/clock.ts";
import { createGosetti, createSellly } from "../../test/create.ts";
import { startShop } from "../../test/shop.ts";
import { isSimulatorFailure, type SimulatorOptions, startSimulator } from "../index.ts";

const environment = process.env.NODE_ENV;

afterEach(() => {
  process.env.NODE_ENV = environment;
});

describe("starting", () => {
  it("is refused in production", async () => {
    process.env.NODE_ENV = "production";
    await expect(startSimulator()).rejects.toThrow("refuses to start with NODE_ENV=production");
  });

  it("binds 127.0.0.1 on a free port, or fails when the port is taken", async () => {
    const first = await startSimulator();
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect([first.gosettiUrl, first.selllyUrl]).toEqual([`${first.url}/gosetti`, `${first.url}/sellly`]);
    const port = Number(new URL(first.url).port);
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.close();
  });

  it.each<[string, SimulatorOptions]>([
    ["gosetti.calls", { gosetti: { calls: 0 } }],
    ["redeliveryMs", { redeliveryMs: -1 }],
    ["callbackTimeoutMs", { callbackTimeoutMs: 1.5 }],
    ["sellly.shops[0]", { sellly: { shops: [{ shopId: "", secretKey: "k" }] } }],
    [
      "sellly.shops[0].notificationUrl",
      { sellly: { shops: [{ shopId: "S", secretKey: "k", notificationUrl: "http://10.0.0.1/" }] } },
    ],
    ["sellly.shops[0].returnUrl", { sellly: { shops: [{ shopId: "S", secretKey: "k", returnUrl: "/back" }] } }],
    [
      "sellly.shops",
      {
        sellly: {
          shops: [
            { shopId: "S", secretKey: "k" },
            { shopId: "S", secretKey: "l" },
          ],
        },
      },
    ],
  ])("names the invalid option: %s", async (name, options) => {
    await expect(startSimulator(options)).rejects.toThrow(name);
  });

  it("does not replace the global Request and Response", async () => {
    const before = [globalThis.Request, globalThis.Response];
    const simulator = await startSimulator();
    expect([globalThis.Request, globalThis.Response]).toEqual(before);
    await simulator.close();
  });
});

describe("asking for an unknown payment", () => {
  it("fails with a code", async () => {
    const simulator = await startSimulator();
    const error: unknown = await simulator.act("NONE", "pay").catch((thrown) => thrown);
    expect(isSimulatorFailure(error)).toBe(true);
    expect(error).toMatchObject({ code: "unknown_payment" });
    await expect(simulator.idle("NONE")).rejects.toMatchObject({ code: "unknown_payment" });
    await simulator.close();
  });
});

describe("close", () => {
  it("cancels redeliveries, and a late scheduler sends nothing", async () => {
    const clock = manualClock();
    const runs: (() => void)[] = [];
    const schedule: typeof clock.schedule = (run, delay) => {
      runs.push(run);
      return clock.schedule(run, delay);
    };
    const simulator = await startSimulator({ schedule });
    const id = await createSellly(simulator);
    await simulator.act(id, "pay");
    await simulator.idle(id);
    expect(clock.delays()).toHaveLength(1);
    await simulator.close();
    expect(clock.delays()).toEqual([]);
    for (const run of runs) run();
    await simulator.idle(id);
    expect(simulator.callbacks()).toHaveLength(1);
  });

  it("aborts a callback in flight, frees the port and may be called twice", async () => {
    const simulator = await startSimulator();
    let reached: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const shop = await startShop(() => {
      reached();
      return new Promise(() => {});
    });
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    const acting = simulator.act(id, "pay");
    await arrived;
    await Promise.all([simulator.close(), simulator.close()]);
    expect((await acting).kind).toBe("wait");
    expect(simulator.callbacks()[0]).toMatchObject({ error: "the simulator was closed", verdict: { kind: "aborted" } });
    await expect(simulator.act(id, "pay")).rejects.toMatchObject({ code: "closed" });
    await expect(fetch(simulator.url)).rejects.toThrow();
    await shop.close();
  });

  it("leaves nothing running and has printed nothing: a process that closes ends by itself", async () => {
    const script = new URL("../../test/close-and-end.ts", import.meta.url);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      "--conditions=@pay/source",
      fileURLToPath(script),
    ]);
    expect([stdout, stderr]).toEqual(["", ""]);
  });
});
