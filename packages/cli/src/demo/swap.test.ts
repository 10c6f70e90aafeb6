import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { loadPay } from "@pay/config";
import type { AnyPay, PaymentEvent } from "@pay/core";
import { toNodeHandler } from "@pay/node";
import { type Simulator, startSimulator } from "@pay/simulator";
import { createBell } from "../../../../test/support/bell.ts";
import { createOrders } from "./orders.ts";
import { shopPages } from "./shop.ts";
import { DEMO_CONFIG } from "./stage.ts";

const SELLLY_KEY = "a key of the simulated gateway";
let folder: string;
let config: string;
let server: Server;
let shopUrl: string;
let simulator: Simulator;
let pay: AnyPay;
let heard: PaymentEvent[];
const orders = createOrders();
const bell = createBell();

beforeEach(async () => {
  folder = mkdtempSync(join(import.meta.dirname, "../../.swap-test-"));
  config = join(folder, "pay.config.jsonc");
  cpSync(DEMO_CONFIG, config);
  heard = [];
  // The same server all along: it is the shop's address that stays.
  server = createServer((request, response) => {
    const links = { gateways: simulator.url, console: `${shopUrl}/console` };
    const handle = request.url?.startsWith("/pay/")
      ? toNodeHandler(pay)
      : getRequestListener(shopPages({ pay, orders, shopUrl, links }).fetch, { overrideGlobalObjects: false });
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  shopUrl = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const [shopId, notificationUrl] = ["DEMO", `${shopUrl}/pay/callbacks/cards`];
  const shop = { shopId, secretKey: SELLLY_KEY, notificationUrl, returnUrl: `${shopUrl}/orders` };
  simulator = await startSimulator({ sellly: { shops: [shop] }, redeliveryMs: 50 });
});
afterEach(async () => {
  await pay.close();
  await simulator.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Starts the shop's Pay on whatever the file says. */
async function start(): Promise<void> {
  pay = await loadPay(config, {
    env: {
      GOSETTI_URL: simulator.gosettiUrl,
      SELLLY_URL: simulator.selllyUrl,
      SELLLY_SECRET_KEY: SELLLY_KEY,
      PAY_STORE: `sqlite:${join(folder, "pay.db")}`,
      PAY_URL: `${shopUrl}/pay`,
      PAY_SECRET: "a secret of the shop that is long enough",
    },
  });
  pay.on("payment.succeeded", "deliver-order", (event) => {
    heard.push(event);
    bell.ring();
  });
  await pay.start();
}

/** Presses the shop's button without a word about providers. Resolves with the gateway's page. */
async function buy(): Promise<string> {
  const body = new URLSearchParams({ email: "buyer@example.com" });
  const answer = await fetch(`${shopUrl}/buy?lang=en`, { method: "POST", body, redirect: "manual" });
  expect(answer.status).toBe(303);
  return (await fetch(answer.headers.get("location") ?? "")).url;
}

const payAt = (page: string) =>
  fetch(page, { method: "POST", body: new URLSearchParams({ action: "pay" }), redirect: "manual" });

describe("one line of the configuration file", () => {
  it("moves the demo's shop from PaySafeCard to Sellly, and a payment open across the swap still succeeds", async () => {
    await start();
    const open = await buy();
    expect(open).toContain(simulator.gosettiUrl);
    await pay.close();

    const before = readFileSync(config, "utf8").split("\n");
    const after = before.map((line) => line.replace('"default": "psc"', '"default": "cards"'));
    expect(after.filter((line, at) => line !== before[at])).toHaveLength(1);
    writeFileSync(config, after.join("\n"));

    await start();
    const moved = await buy();
    expect(moved).toContain(simulator.selllyUrl);
    await payAt(open);
    await payAt(moved);
    await bell.until(() => heard.length === 2);
    expect(heard.map(({ payment: { providerName: provider, state } }) => [provider, state]).sort()).toEqual([
      ["cards", "succeeded"],
      ["psc", "succeeded"],
    ]);
  });

  it("that takes the old gateway away altogether is refused while a payment is open there, and says so", async () => {
    await start();
    await buy();
    await pay.close();
    const text = readFileSync(config, "utf8");
    writeFileSync(config, text.replace(/^ {4}"psc".*$/m, "").replace('"default": "psc"', '"default": "cards"'));
    await expect(start()).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("1 open payment of gosetti-psc:1234 without a provider"),
    });
  });
});
