import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Clock, manualClock } from "../../../test/clock.ts";
import { createGosetti, postGosetti, press } from "../../../test/create.ts";
import { type Shop, type ShopAnswer, sendBuyerTo, startShop } from "../../../test/shop.ts";
import { type Simulator, startSimulator } from "../../index.ts";

let clock: Clock;
let simulator: Simulator;
let shop: Shop;
let answer: (count: number) => ShopAnswer | Promise<ShopAnswer>;

beforeEach(async () => {
  clock = manualClock();
  answer = () => sendBuyerTo("https://shop.example/thanks?order=1");
  simulator = await startSimulator({ schedule: clock.schedule });
  shop = await startShop((_request, count) => answer(count));
});

afterEach(async () => {
  await simulator.close();
  await shop.close();
});

describe("GOSetti.pl create", () => {
  it("replies with the two documented fields and nothing else", async () => {
    const response = await postGosetti(simulator);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const [payment] = simulator.payments();
    expect(await response.json()).toEqual({ PaySafeCardTransactionId: payment!.id, RedirectUrl: payment!.pageUrl });
    expect(payment).toMatchObject({
      gateway: "gosetti",
      amount: "19.99",
      currency: "PLN",
      state: "open",
      returnTo: null,
    });
    expect(payment!.pageUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/gosetti\/payment\/[0-9A-Z]{16}$/);
  });

  it.each([
    [{ UserId: undefined }, "UserId"],
    [{ UserId: "7" }, "UserId"],
    [{ UserId: 7.5 }, "UserId"],
    [{ ClientIp: undefined }, "ClientIp"],
    [{ ClientIp: "localhost" }, "ClientIp"],
    [{ Amount: undefined }, "Amount"],
    [{ Amount: "19.99" }, "Amount"],
    [{ Amount: 0 }, "Amount"],
    [{ Amount: -1 }, "Amount"],
    [{ Amount: 1.005 }, "Amount"],
    [{ Amount: 1e21 }, "Amount"],
    [{ CallbackUrl: undefined }, "CallbackUrl"],
    [{ CallbackUrl: "/callback" }, "CallbackUrl"],
    [{ CallbackUrl: "ftp://127.0.0.1/" }, "CallbackUrl"],
    [{ CallbackUrl: "http://127.0.0.1/ a" }, "CallbackUrl"],
  ])("refuses %j with 400 and names the field", async (changes, field) => {
    const response = await postGosetti(simulator, changes);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(new RegExp(`^${field} `));
    expect(simulator.payments()).toEqual([]);
  });

  it("takes a body sent in chunks", async () => {
    const fields = { UserId: 7, ClientIp: "::1", Amount: 20, CallbackUrl: "http://[::1]:9/" };
    const response = await fetch(`${simulator.gosettiUrl}/Api/PaySafeCardTransactionCreate.php`, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: new Blob([JSON.stringify(fields)]).stream(),
      duplex: "half",
    });
    expect(response.status).toBe(200);
    expect(simulator.payments()[0]!.amount).toBe("20");
  });

  it("refuses a body that is not JSON, and another content type", async () => {
    const url = `${simulator.gosettiUrl}/Api/PaySafeCardTransactionCreate.php`;
    const broken = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
    expect((await fetch(url, broken)).status).toBe(400);
    expect((await fetch(url, { method: "POST", body: new URLSearchParams({ UserId: "7" }) })).status).toBe(415);
  });

  it.each([
    "https://shop.example/cb",
    "http://10.0.0.1/cb",
    "http://127.0.0.1.example/cb",
    "http://localhost@example.com/",
    "http://0.0.0.0/cb",
  ])("never calls another machine: %s is refused", async (CallbackUrl) => {
    const response = await postGosetti(simulator, { CallbackUrl });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("the simulator only calls loopback addresses");
  });
});

describe("GOSetti.pl callback", () => {
  it.each([
    ["pay", true, "paid"],
    ["decline", false, "declined"],
  ] as const)("after %s posts Finished %s to the exact CallbackUrl", async (action, finished, state) => {
    const id = await createGosetti(simulator, { CallbackUrl: `${shop.url}/cb?token=a%2Fb&x=1+2&&z` });
    await simulator.act(id, action);
    expect(shop.requests).toHaveLength(1);
    expect(shop.requests[0]).toMatchObject({ method: "POST", url: "/cb?token=a%2Fb&x=1+2&&z" });
    expect(shop.requests[0]!.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(shop.requests[0]!.body)).toEqual({ PaySafeCardTransactionId: id, Finished: finished });
    expect(simulator.payments()[0]).toMatchObject({ state, returnTo: "https://shop.example/thanks?order=1" });
  });

  it("redirects the waiting buyer to the address the shop answered", async () => {
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    const response = await press(simulator.payments()[0]!.pageUrl, "pay");
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("https://shop.example/thanks?order=1");
    await expect(simulator.act(id, "pay")).rejects.toMatchObject({ code: "already_finished" });
  });

  it("calls as often as configured although the first answer was good, and then stops", async () => {
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    await simulator.act(id, "pay");
    expect(clock.delays()).toEqual([30_000]);
    clock.fire();
    await simulator.idle(id);
    answer = () => ({ status: 500 });
    clock.fire();
    await simulator.idle(id);
    expect(clock.delays()).toEqual([]);
    expect(new Set(shop.requests.map(({ body }) => body)).size).toBe(1);
    const redirectUrl = "https://shop.example/thanks?order=1";
    expect(simulator.callbacks().map(({ attempt, verdict }) => [attempt, verdict])).toEqual([
      [1, { kind: "accepted", redirectUrl, nextInMs: 30_000 }],
      [2, { kind: "accepted", redirectUrl, nextInMs: 30_000 }],
      [3, { kind: "no_redirect", nextInMs: null, reason: "status 500 instead of 200" }],
    ]);
  });

  it.each<[string, ShopAnswer]>([
    ["status 500 instead of 200", { status: 500 }],
    ["status 201 instead of 200", { ...sendBuyerTo("https://shop.example/"), status: 201 }],
    ["status 302: redirects of callbacks are not followed", { status: 302, headers: { location: "/" } }],
    [
      'content type "text/html" instead of application/json',
      { ...sendBuyerTo("https://shop.example/"), type: "text/html" },
    ],
    ["the body is not a JSON object", { type: "application/json", body: "{" }],
    ["the body is not a JSON object", { type: "application/json", body: new Uint8Array([0xff]) }],
    ["RedirectUrl is missing or not an absolute http or https address", sendBuyerTo(undefined)],
    ["RedirectUrl is missing or not an absolute http or https address", sendBuyerTo("javascript:alert(1)")],
    ["RedirectUrl is missing or not an absolute http or https address", sendBuyerTo("https://shop.example/\r\nx: y")],
    ["the answer is longer than 65536 bytes", { type: "application/json", body: " ".repeat(65_537) }],
    ["socket hang up", { hangUp: true }],
  ])("keeps the buyer waiting when %s", async (reason, bad) => {
    answer = () => bad;
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    const { pageUrl } = simulator.payments()[0]!;
    expect(await simulator.act(id, "pay")).toEqual({ kind: "wait", url: pageUrl });
    expect(simulator.callbacks()[0]!.verdict).toEqual({ kind: "no_redirect", nextInMs: 30_000, reason });
    expect(shop.requests).toHaveLength(1);
  });

  it("continues beyond the configured calls until an answer contains the buyer's way, then redirects the waiting page", async () => {
    answer = (count) => (count < 5 ? { status: 503 } : sendBuyerTo("https://shop.example/zamówienie"));
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    const { pageUrl } = simulator.payments()[0]!;
    expect((await press(pageUrl, "pay")).headers.get("location")).toBe(`${pageUrl}?lang=pl`);
    const waiting = await fetch(pageUrl);
    expect(waiting.headers.get("refresh")).toBe("3");
    expect(await waiting.text()).toContain("Proszę czekać");
    for (let call = 2; call <= 5; call++) {
      clock.fire();
      await simulator.idle(id);
    }
    expect(shop.requests).toHaveLength(5);
    expect(clock.delays()).toEqual([]);
    const moved = await fetch(pageUrl, { redirect: "manual" });
    expect(moved.status).toBe(303);
    expect(moved.headers.get("location")).toBe("https://shop.example/zam%C3%B3wienie");
  });

  it("gives up on a shop that does not answer in time, and never has two callbacks in flight", async () => {
    const impatient = await startSimulator({ schedule: clock.schedule, callbackTimeoutMs: 50 });
    let release: (answer: ShopAnswer) => void = () => {};
    answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const id = await createGosetti(impatient, { CallbackUrl: shop.url });
    const acting = impatient.act(id, "pay");
    clock.fire();
    const [{ kind }, second] = await Promise.all([acting, press(impatient.payments()[0]!.pageUrl, "pay")]);
    release({});
    expect(kind).toBe("wait");
    expect(second.status).toBe(303);
    expect(impatient.callbacks()).toHaveLength(1);
    expect(impatient.callbacks()[0]).toMatchObject({ response: null, error: "no complete answer within 50 ms" });
    await impatient.close();
  });

  it("calls a shop at localhost", async () => {
    const id = await createGosetti(simulator, { CallbackUrl: shop.url.replace("127.0.0.1", "localhost") });
    expect(await simulator.act(id, "pay")).toEqual({ kind: "redirect", url: "https://shop.example/thanks?order=1" });
  });
});

describe("a leaving buyer", () => {
  it("causes no callback and finds the payment open", async () => {
    const id = await createGosetti(simulator, { CallbackUrl: shop.url });
    const { pageUrl } = simulator.payments()[0]!;
    const response = await press(pageUrl, "leave");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("Strona płatności opuszczona");
    expect(await simulator.act(id, "leave")).toEqual({ kind: "left", url: pageUrl });
    await simulator.idle(id);
    expect(shop.requests).toEqual([]);
    expect(clock.delays()).toEqual([]);
    expect(simulator.payments()[0]!.state).toBe("open");
    expect((await simulator.act(id, "pay")).kind).toBe("redirect");
  });
});
