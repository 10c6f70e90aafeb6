import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { manualClock } from "../../test/clock.ts";
import { createGosetti, createSellly } from "../../test/create.ts";
import { type Shop, sendBuyerTo, startShop } from "../../test/shop.ts";
import { type Simulator, startSimulator } from "../index.ts";

let simulator: Simulator;
let shop: Shop;

beforeAll(async () => {
  simulator = await startSimulator({ schedule: manualClock().schedule });
  shop = await startShop(() => sendBuyerTo("https://shop.example/back"));
});

afterAll(async () => {
  await simulator.close();
  await shop.close();
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(`${simulator.url}/api${path}`, { method, ...init });
  return { status: response.status, json: await response.json() };
}

/** fetch does not let one choose the Host. */
function statusFor(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${simulator.url}/api/payments`, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    outgoing.on("error", reject).end();
  });
}

describe("the control API", () => {
  it("shows payments and callbacks as the methods do", async () => {
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    const acted = await call("POST", `/payments/${id}/pay`);
    const payment = simulator.payments().find((one) => one.id === id);
    expect(acted).toEqual({
      status: 200,
      json: { buyer: { kind: "redirect", url: "https://shop.example/back" }, payment },
    });
    expect(await call("GET", `/payments/${id}`)).toEqual({ status: 200, json: { payment } });
    expect((await call("GET", "/payments")).json).toEqual({ payments: simulator.payments() });
    expect((await call("GET", "/callbacks")).json).toEqual({ callbacks: simulator.callbacks() });
    const own = simulator.callbacks().filter((callback) => callback.payment === id);
    expect(own).toHaveLength(1);
    expect((await call("GET", `/callbacks?payment=${id}`)).json).toEqual({ callbacks: own });
  });

  it.each(["pay", "decline", "leave"])(
    "answers 404 to %s of an unknown payment and 409 of a finished one",
    async (action) => {
      expect(await call("POST", `/payments/NONE/${action}`)).toEqual({
        status: 404,
        json: { error: "unknown_payment", message: "There is no payment NONE" },
      });
      const id = await createGosetti(simulator, { CallbackUrl: shop.url });
      await call("POST", `/payments/${id}/decline`);
      expect(await call("POST", `/payments/${id}/${action}`)).toEqual({
        status: 409,
        json: { error: "already_finished", message: `Payment ${id} is already declined` },
      });
    },
  );

  it("lets the buyer leave", async () => {
    const id = await createSellly(simulator);
    expect(await call("POST", `/payments/${id}/leave`)).toMatchObject({
      status: 200,
      json: { buyer: { kind: "left" }, payment: { id, state: "open" } },
    });
  });

  it("sets a Sellly shop's notification address", async () => {
    const path = "/sellly/shops/SHOP1/notification-url";
    const url = `${shop.url}/notify`;
    expect(await call("PUT", path, { url })).toEqual({ status: 200, json: { shopId: "SHOP1", notificationUrl: url } });
    const id = await createSellly(simulator);
    await call("POST", `/payments/${id}/pay`);
    await simulator.idle(id);
    expect(shop.requests.at(-1)!.url).toMatch(/^\/notify\?secret_key=/);
    expect((await call("PUT", path, { url: "https://example.com/" })).status).toBe(400);
    expect((await call("PUT", path, {})).status).toBe(400);
    expect((await call("PUT", path)).status).toBe(400);
    expect((await call("PUT", path.replace("SHOP1", "NONE"), { url })).status).toBe(404);
    expect((await call("POST", "/sellly/shops/NONE/upstream-failure")).status).toBe(404);
  });

  it("answers 404 to unknown payments, filters and paths", async () => {
    expect((await call("GET", "/payments/NONE")).status).toBe(404);
    expect((await call("GET", "/callbacks?payment=NONE")).status).toBe(404);
    expect(await call("DELETE", "/payments")).toMatchObject({ status: 404, json: { error: "not_found" } });
  });

  it("refuses a body beyond 64 KiB", async () => {
    const url = `${simulator.url}/api/sellly/shops/SHOP1/notification-url`;
    const text = "x".repeat(65_537);
    expect((await fetch(url, { method: "PUT", body: text })).status).toBe(413);
    const chunked = new Blob([text]).stream();
    expect((await fetch(url, { method: "PUT", body: chunked, duplex: "half" })).status).toBe(413);
  });

  it.each([
    [403, { origin: "https://evil.example" }],
    [403, { origin: "http://localhost:1" }],
    [403, { origin: "null" }],
    [403, { "sec-fetch-site": "cross-site" }],
    [403, { "sec-fetch-site": "same-site" }],
    [403, { host: "evil.example" }],
    [400, { host: "evil.example@127.0.0.1" }],
    [403, { host: "127.0.0.1.evil.example" }],
    [200, { host: "localhost:8080" }],
    [200, { host: "[::1]" }],
    [200, { host: "127.0.0.1:1", origin: "http://127.0.0.1:1", "sec-fetch-site": "same-origin" }],
  ])("answers %i to a request with %j", async (status, headers) => {
    expect(await statusFor(headers as Record<string, string>)).toBe(status);
  });
});
