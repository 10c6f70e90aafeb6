import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPayServer } from "@pay/node";
import { type Listening, listening } from "../packages/node/test/listening.ts";
import { raw, statuses } from "../packages/node/test/raw.ts";
import { findNginx, type Nginx, startNginx } from "./support/nginx.ts";
import { type Gateway, type Shop, startShop } from "./support/shop.ts";

const nginx = findNginx();
if ("missing" in nginx) console.warn(`SKIPPED: the tests behind nginx did not run, because ${nginx.missing}.`);
const withNginx = "missing" in nginx ? describe.skip : describe;

let shop: Shop;
let second: Listening;
let front: Nginx;
/** The same without `keepalive`: nginx opens a connection for each request, and has the server close it. */
let plainFront: Nginx;

beforeAll(async () => {
  if ("missing" in nginx) return;
  shop = await startShop();
  second = await listening(createPayServer({ fetch: (request) => shop.pay.fetch(request) }));
  front = await startNginx(nginx.path, [shop.port, second.port]);
  plainFront = await startNginx(nginx.path, [shop.port, second.port], false);
});

afterAll(async () => {
  if ("missing" in nginx) return;
  await front.close();
  await plainFront.close();
  await second.close();
  await shop.close();
});

/** Sends a genuine callback through nginx. */
async function notify(gateway: Gateway, through = front): Promise<number> {
  const payment = await shop.checkout(gateway);
  const { init, url } = shop.callback(payment, true);
  return (await fetch(url.replace(shop.url, through.url), init)).status;
}

/** The path of the callback address of an open payment, which its buyer may know. */
async function callbackPath(): Promise<string> {
  return new URL(shop.callback(await shop.checkout("psc"), true).url).pathname;
}

withNginx("behind nginx, which takes a server that answers 5xx for dead,", () => {
  const forged: readonly [string, () => readonly [path: string, init?: RequestInit]][] = [
    ["Sellly with a wrong key", () => ["/pay/callbacks/cards?secret_key=x&id=1&status=OK"]],
    ["Sellly without anything", () => ["/pay/callbacks/cards"]],
    ["Sellly with bytes nobody can read", () => ["/pay/callbacks/cards?secret_key=%ff&id=%"]],
    ["Sellly by another method", () => ["/pay/callbacks/cards", { method: "POST", body: "{}" }]],
    ["GOSetti at a guessed address", () => ["/pay/callbacks/psc/pay_01h455vb4pex5vsknk084sn02q/x", { method: "POST" }]],
    ["GOSetti under another path", () => ["/callbacks/psc/pay_01h455vb4pex5vsknk084sn02q/x", { method: "POST" }]],
    ["Sellly under another path", () => ["/callbacks/cards?secret_key=x"]],
    ["a provider that is not there", () => ["/pay/callbacks/nobody"]],
    ["too large a body", () => ["/pay/callbacks/psc", { method: "POST", body: "x".repeat(70_000) }]],
    ["a form that is looked at ahead", () => ["/pay/redirect/x/y", { headers: { "sec-purpose": "prefetch" } }]],
  ];

  it.each(forged)("forged callbacks keep no honest one out: %s", async (_, forge) => {
    const [path, init] = forge();
    const statuses = new Set<number>();
    for (let round = 0; round < 6; round++) {
      for (let copy = 0; copy < 4; copy++) statuses.add((await fetch(front.url + path, init)).status);
      expect([await notify("cards"), await notify("psc")]).toEqual([200, 200]);
    }
    for (const status of statuses) expect(Math.floor(status / 100)).toBe(4);
  });

  it("a body that broke off keeps none out either", async () => {
    const payment = await shop.checkout("psc");
    const { url } = shop.callback(payment, true);
    for (let copy = 0; copy < 4; copy++) {
      const answer = await fetch(url.replace(shop.url, front.url), { method: "POST", body: '{"Finished":' });
      expect(answer.status).toBe(400);
    }
    expect([await notify("cards"), await notify("psc")]).toEqual([200, 200]);
  });

  const long = 900_000;
  const post = (target: string, headers = "") =>
    `POST ${target} HTTP/1.1\r\nHost: a\r\n${headers}Connection: close\r\nContent-Length: ${long}\r\n\r\n${"x".repeat(long)}`;
  const unreadable: readonly [string, () => string | Promise<string>][] = [
    ["with a raw letter in its query", () => post("/pay/callbacks/cards?name=\u0142")],
    ["with a control character in a header", () => post("/pay/callbacks/cards", "X-A: a\u0001b\r\n")],
    ["with too large a head", () => post(`/pay?a=${"x".repeat(7000)}`, `X-A: ${"x".repeat(7000)}\r\n`.repeat(2))],
    ["at a guessed address", () => post("/pay/callbacks/psc/x")],
    ["at a guessed address with a bracket", () => post("/pay/callbacks/psc?a[]=1")],
    ["at an address that is none", () => post("/pay\\callbacks")],
    ["by another method", () => post("/pay/callbacks/cards")],
    ["too long", async () => post(await callbackPath())],
    ["too long, at an address with a bracket", async () => post(`${await callbackPath()}?a[]=1`)],
  ];

  describe.each([
    ["with keepalive", () => front],
    ["without", () => plainFront],
  ])("%s", (_, through) => {
    it.each(unreadable)("requests with a long body keep no honest callback out: %s", async (_name, forge) => {
      const port = Number(new URL(through().url).port);
      const forged: (readonly number[])[] = [];
      const honest: number[] = [];
      for (let copy = 0; copy < 4; copy++) forged.push(statuses(await raw(port, await forge())));
      for (let copy = 0; copy < 2; copy++)
        honest.push(await notify("cards", through()), await notify("psc", through()));
      expect(honest).toEqual([200, 200, 200, 200]);
      for (const [status = 0] of forged) expect(Math.floor(status / 100)).toBe(4);
    });
  });
});
