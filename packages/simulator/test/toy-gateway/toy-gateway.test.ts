import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createSimulator, type SimulatorOf } from "../../src/engine/create-simulator.ts";
import type { Fixture } from "../../src/exchanges/fixture.ts";
import { GATEWAYS, type Registered } from "../../src/gateways/index.ts";
import { press } from "../create.ts";
import { type Shop, type ShopAnswer, startShop } from "../shop.ts";
import { sign, type ToyTypes, toy } from "./index.ts";

const KEY = "toy-key-0001";
const REDELIVERY_MS = 1_000;

let simulator: SimulatorOf<Registered | ToyTypes>;
let shop: Shop;
let answer: ShopAnswer;

beforeEach(async () => {
  answer = { status: 204 };
  shop = await startShop(() => answer);
  simulator = await createSimulator<Registered | ToyTypes>([...GATEWAYS, toy], {
    clock: "virtual",
    seed: 1,
    redeliveryMs: REDELIVERY_MS,
    toy: { key: KEY },
  });
});

afterEach(async () => {
  await simulator.close();
  await shop.close();
});

function post(fields: object = {}, key = KEY): Promise<Response> {
  return fetch(`${simulator.toyUrl}/v2/coins`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ cents: 250, child: "Zuzanna", notify: `${shop.url}/toys/secret-path-123`, ...fields }),
  });
}

async function create(fields: object = {}): Promise<string> {
  return ((await (await post(fields)).json()) as { coin: string }).coin;
}

async function control(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await fetch(`${simulator.url}/api${path}`, { method, ...init });
  return { status: response.status, json: await response.json() };
}

async function page(path: string, language = "en"): Promise<string> {
  return (await fetch(new URL(`${path}?lang=${language}`, simulator.url))).text();
}

const payments = () => simulator.payments().filter(({ gateway }) => gateway === "toy");

describe("a third gateway that only its folder knows", () => {
  it("authenticates a create request and gives its own answer", async () => {
    expect((await post({}, "wrong")).status).toBe(401);
    expect((await post({ cents: "250" })).status).toBe(422);
    const response = await post();
    expect(response.status).toBe(201);
    const [payment] = payments();
    expect(await response.json()).toEqual({ coin: payment!.id, go: payment!.pageUrl });
    expect(payment).toMatchObject({
      gateway: "toy",
      amount: "2.50",
      state: "open",
      details: { kind: "toy", child: "Zuzanna" },
    });
    expect(payment!.pageUrl).toBe(`${simulator.url}/toy/payment/${payment!.id}`);
    expect(simulator.toyKey()).toBe(KEY);
  });

  it("is paid on its own payment page, and calls the shop in its own format", async () => {
    const id = await create({ back: "https://shop.example/toys" });
    const { pageUrl } = payments()[0]!;
    const open = await page(pageUrl);
    for (const part of [
      '<body class="toy">',
      "Toy bank",
      'class="checkout playroom"',
      "<dt>Child</dt><dd>Zuzanna</dd>",
    ]) {
      expect(open).toContain(part);
    }
    expect((await press(pageUrl, "pay", { coin: "iron" })).status).toBe(400);
    const pressed = await press(pageUrl, "pay", { coin: "silver" });
    expect(pressed.headers.get("location")).toBe("https://shop.example/toys");
    await simulator.idle(id);
    const facts = `coin=${id}&result=paid&kind=silver`;
    expect(shop.requests).toMatchObject([
      { method: "POST", url: "/toys/secret-path-123", body: `${facts}&signature=${sign(facts, KEY)}` },
    ]);
    expect(payments()[0]).toMatchObject({ state: "paid", details: { coin: "silver" }, nextCallbackAt: null });
    expect(simulator.callbacks()[0]!.verdict).toEqual({ kind: "accepted", redirectUrl: null, nextInMs: null });
  });

  it("repeats its callback by its own plan", async () => {
    answer = { status: 200, body: "thanks" };
    const id = await create();
    expect(await simulator.act(id, "decline")).toEqual({ kind: "end", url: payments()[0]!.pageUrl });
    await simulator.idle(id);
    await simulator.advance(2 * REDELIVERY_MS - 1);
    expect(shop.requests).toHaveLength(1);
    answer = { status: 204 };
    await simulator.advance(1);
    expect(simulator.callbacks().map(({ verdict }) => verdict.kind)).toEqual(["will_retry", "accepted"]);
  });

  it("suffers chaos: its own error codes, its own false callbacks, and those of the engine", async () => {
    simulator.setChaos({ create: { kind: "error", code: 422, times: 1 } });
    expect(await (await post()).json()).toEqual({ error: 422 });
    expect((await control("PUT", "/chaos", { create: { kind: "error", code: 423 } })).status).toBe(400);
    simulator.setChaos({ create: { kind: "truncated_json", times: 1 } });
    await expect((await post()).json()).rejects.toThrow("JSON");

    const callbacks = [
      { kind: "wrong_secret" },
      { kind: "foreign_token" },
      { kind: "changed_id", to: "nobody" },
    ] as const;
    simulator.setChaos({ callbacks });
    const id = await create();
    await simulator.act(id, "pay");
    await simulator.advance(10 * REDELIVERY_MS);
    expect(simulator.callbacks().map(({ chaos, verdict }) => [...chaos, verdict.kind])).toEqual([
      ["wrong_secret", "accepted"],
      ["foreign_token", "not_sent"],
      ["changed_id", "accepted"],
      ["accepted"],
    ]);
    const [wrong, other, genuine] = shop.requests.map(({ body }) => new URLSearchParams(body));
    const facts = `coin=${id}&result=paid&kind=gold`;
    expect(wrong!.get("coin")).toBe(id);
    expect(wrong!.get("signature")).not.toBe(sign(facts, KEY));
    expect(other!.get("coin")).not.toBe(id);
    expect(genuine!.get("signature")).toBe(sign(facts, KEY));
  });

  it("appears in the log, in fixtures without its secrets, and on the simulator's pages", async () => {
    await post({}, "wrong");
    const id = await create();
    answer = { status: 500, body: `Zuzanna at /toys/secret-path-123 with ${KEY}` };
    await simulator.act(id, "pay");
    await simulator.idle(id);
    const { json } = await control("GET", "/exchanges");
    expect(json).toMatchObject({
      exchanges: [
        { gateway: "toy", kind: "create", verdict: { kind: "refused" } },
        { gateway: "toy", kind: "create", payment: id, words: "answered with status 201: payment created" },
        { gateway: "toy", kind: "callback", payment: id, words: "answered with status 500: will retry in 2 s" },
      ],
    });
    for (const n of [2, 3]) {
      const fixture = JSON.stringify((await control("GET", `/exchanges/${n}/fixture`)).json as Fixture);
      for (const secret of ["Zuzanna", "secret-path-123", KEY]) expect(fixture).not.toContain(secret);
    }
    const home = await page("/", "pl");
    expect(home).toContain(`<dt>Zabawka</dt><dd><code>${simulator.toyUrl}</code></dd>`);
    expect(home).toContain(`>${id}</a></td><td>toy</td>`);
    expect(await page(`/payments/${id}`)).toContain("toy: callback 1");
    expect(await page("/chaos")).toContain("Toy: signature with another key");
    expect(await page(`/payments/${id}/chaos`)).not.toContain("GOSetti");
    expect(await page("/style.css")).toContain(".toy { --accent: #b0006d; }");
  });

  it("plays in scenarios, and has routes of its own in the control API", async () => {
    const steps = [
      { kind: "create", as: "coin", gateway: "toy", callbackUrl: `${shop.url}/toys`, amount: "1.00", answer: 201 },
      { kind: "buyer", payment: "coin", action: "pay" },
      { kind: "expect", payment: "coin", state: "paid", verdict: "accepted", callbacks: 1 },
    ] as const;
    const result = await simulator.run({ steps });
    expect(result.steps.map(({ reason }) => reason)).toEqual([null, null, null]);
    expect(
      (await control("POST", "/scenario", { steps: [{ kind: "create", as: "a", gateway: "toy" }] })).json,
    ).toMatchObject({
      error: "bad_scenario",
      message: expect.stringContaining("steps[0].callbackUrl"),
    });
    expect(await control("PUT", "/toy/key", "another-key")).toEqual({ status: 200, json: { key: "another-key" } });
    expect((await post()).status).toBe(401);
    expect((await post({}, "another-key")).status).toBe(201);
    expect((await control("PUT", "/toy/key")).status).toBe(400);
  });

  it("can be the only gateway there is", async () => {
    const alone = await createSimulator<ToyTypes>([toy], {});
    expect(Object.keys(alone)).toEqual(expect.arrayContaining(["toyUrl", "toyKey"]));
    expect(alone).not.toHaveProperty("selllyUrl");
    await alone.close();
  });
});
