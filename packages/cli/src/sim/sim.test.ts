import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { runSim, type SimRun } from "./run.ts";

const MAIN = join(import.meta.dirname, "../main.ts");
const KEY = "a".repeat(64);

let folder: string;
let shopUrl: string;
const shop = createServer((_request, answer) => void answer.end("OK"));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pay-sim-"));
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
});

afterAll(async () => {
  shop.closeAllConnections();
  await new Promise((resolve) => shop.close(resolve));
  await rm(folder, { recursive: true });
});

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ["--conditions=@pay/source", MAIN, "sim", ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs it within this process until it ends by itself. */
async function outcome(
  given: Partial<SimRun>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ["", ""];
  const code = await runSim({
    port: "0",
    stopping: new AbortController().signal,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    ...given,
  });
  return { code, out, err };
}

async function scenario(steps: unknown): Promise<string> {
  const path = join(folder, `${Math.random()}.json`);
  await writeFile(path, typeof steps === "string" ? steps : JSON.stringify({ steps }));
  return path;
}

describe("pay sim", () => {
  it("serves a shop with its own key until Ctrl-C, tells the addresses, and never the key", async () => {
    const args = [
      "--port",
      "0",
      "--shop-id",
      "S",
      "--secret-key",
      KEY,
      "--notification-url",
      `${shopUrl}/n`,
      "--seed",
      "5",
    ];
    const child = start(args);
    let out = "";
    for await (const chunk of child.stdout!.setEncoding("utf8")) {
      out += chunk;
      if (out.includes("Ctrl-C")) break;
    }
    const url = /Sellly +(\S+)/.exec(out)![1]!;
    expect(new URL(url).hostname).toBe("127.0.0.1");
    expect(out).not.toContain(KEY);
    const body = { shop_id: "S", secret_key: KEY, operator: "stripe", currency_code: "EUR", price: "1.00" };
    const more = { language_code: "en", buyer_email: "a@example.com", ip: "192.0.2.1" };
    const created = await fetch(`${url}/pay`, { method: "POST", body: new URLSearchParams({ ...body, ...more }) });
    expect(created.status).toBe(200);
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);
  });

  it("is refused in production", async () => {
    const child = start(["--port", "0"], { NODE_ENV: "production" });
    let err = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk) => {
      err += chunk;
    });
    expect(await once(child, "close")).toEqual([1, null]);
    expect(err).toContain("refuses to start with NODE_ENV=production");
  });

  it("runs a scenario and ends with 0, or with 1 and the step that failed", async () => {
    const callbackUrl = `${shopUrl}/cb`;
    const steps = [
      { kind: "chaos", chaos: { callbacks: [{ kind: "drop" }] } },
      { kind: "create", as: "a", gateway: "sellly", callbackUrl },
      { kind: "buyer", payment: "a", action: "pay" },
      { kind: "advance", ms: 30_000 },
      { kind: "expect", payment: "a", state: "paid", verdict: "accepted", callbacks: 2 },
    ];
    const good = await outcome({ scenario: await scenario(steps) });
    expect(good).toMatchObject({ code: 0, err: "" });
    expect(good.out).toContain("The scenario went as it should (seed 1, 3 exchanges).");
    const bad = await outcome({
      scenario: await scenario([...steps, { kind: "expect", payment: "a", callbacks: 3 }]),
      seed: "9",
    });
    expect(bad.code).toBe(1);
    expect(bad.out).toContain("6  expect: callbacks is 2 instead of 3");
    expect(bad.out).toContain("failed at step 6 (seed 9");
  });

  it("ends a scenario that waits for a shop that does not come", async () => {
    const waiting = await scenario([{ kind: "await_create", as: "a", withinMs: 600_000 }]);
    const { code } = await outcome({ scenario: waiting, stopping: AbortSignal.timeout(100) });
    expect(code).toBe(130);
  });

  it.each<[string, () => Promise<Partial<SimRun>>]>([
    ["--port must be a whole number", async () => ({ port: "x" })],
    ["--port must be a whole number", async () => ({ port: "65536" })],
    ["--seed must be a whole number", async () => ({ seed: "-1" })],
    ["The port is in use", async () => ({ port: new URL(shopUrl).port })],
    ["notificationUrl must be on this machine", async () => ({ notificationUrl: "https://shop.example/n" })],
    ["returnUrl must be an absolute", async () => ({ returnUrl: "/back" })],
    ["cannot be read (ENOENT)", async () => ({ scenario: join(folder, "none.json") })],
    ["is not JSON", async () => ({ scenario: await scenario("{") })],
    ["steps[0].kind must be one of", async () => ({ scenario: await scenario([{ kind: "sleep" }]) })],
  ])("refuses with 1 and a reason: %s", async (reason, given) => {
    const { code, err } = await outcome(await given());
    expect(code).toBe(1);
    expect(err).toContain(reason);
  });
});
