import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPayServer } from "@pay/node";
import { type Listening, listening } from "../packages/node/test/listening.ts";
import { findNginx, type Nginx, startNginx } from "./support/nginx.ts";
import { type Gateway, type Shop, startShop } from "./support/shop.ts";

const nginx = findNginx();
if ("missing" in nginx) console.warn(`SKIPPED: the tests behind nginx did not run, because ${nginx.missing}.`);
const withNginx = "missing" in nginx ? describe.skip : describe;

let shop: Shop;
let second: Listening;
let front: Nginx;

beforeAll(async () => {
  if ("missing" in nginx) return;
  shop = await startShop();
  second = await listening(createPayServer({ fetch: (request) => shop.pay.fetch(request) }));
  front = await startNginx(nginx.path, [shop.port, second.port]);
});

afterAll(async () => {
  if ("missing" in nginx) return;
  await front.close();
  await second.close();
  await shop.close();
});

/** Sends a genuine callback through nginx. */
async function notify(gateway: Gateway): Promise<number> {
  const payment = await shop.checkout(gateway);
  const { init, url } = shop.callback(payment, true);
  return (await fetch(url.replace(shop.url, front.url), init)).status;
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
});
