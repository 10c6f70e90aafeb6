import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createShop, form, type Shop, tokenOf } from "../test/shop.ts";
import { createConsole } from "./index.ts";

const SECRET = "a secret of the console, long enough";
const HOST = "https://shop.example";
const DAY = 24 * 3_600_000;

let shop: Shop;
let operator: string;
let payment: string;
let path: string;
beforeEach(async () => {
  operator = "Anna";
  shop = await createShop({ authorize: () => ({ name: operator }) });
  payment = await shop.buy();
  await shop.hear({ providerReference: `R-${payment}`, status: "paid?" });
  path = `/reviews/${(await shop.pay.reviews.list()).reviews[0]?.id}`;
});
afterEach(() => shop.pay.close());

const token = async () => tokenOf(await shop.page("/reviews"));
const dismissal = async (headers = {}) => form({ action: "dismiss", token: await token() }, headers);

async function isRefused(init: RequestInit) {
  const before = await shop.pay.payments.history(payment);
  const answer = await shop.request(path, init);
  expect(answer.status).toBe(403);
  expect(await answer.text()).toContain("nothing was changed");
  expect(await shop.pay.payments.history(payment)).toEqual(before);
  expect((await shop.pay.reviews.list()).reviews).toHaveLength(1);
}

describe("a form is refused, and nothing changes,", () => {
  it.each(["", "junk", "1.2", `9999999999999.${"A".repeat(43)}`])("with the token %p", (forged) =>
    isRefused(form({ action: "dismiss", token: forged })),
  );

  it("with the token of another operator", async () => {
    const init = await dismissal();
    operator = "Jan";
    await isRefused(init);
  });

  it("with a token that is too old, or whose time was changed", async () => {
    const old = await token();
    shop.clock.step(DAY);
    await isRefused(form({ action: "dismiss", token: old }));
    await isRefused(form({ action: "dismiss", token: old.replace(/^\d+/, String(shop.clock.now() + DAY)) }));
  });

  it("with the token of another console", async () => {
    const other = createConsole(shop.pay, { authorize: () => ({ name: operator }), clock: shop.clock });
    const page = await other.fetch(new Request(`${HOST}/console/reviews`));
    await isRefused(form({ action: "dismiss", token: tokenOf(await page.text()) }));
  });

  it.each([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { origin: "https://evil.example" },
    { origin: "https://shop.example.evil.example" },
    { "sec-fetch-site": "cross-site", origin: HOST },
  ])("from another origin: %j", async (headers) => isRefused(await dismissal(headers)));

  it("where a browser's word on its origin is missing, or null and nothing else", async () => {
    for (const headers of [{}, { origin: "null" }]) {
      const body = new URLSearchParams({ action: "dismiss", token: await token() });
      await isRefused({ method: "POST", body, headers: headers as Record<string, string> });
    }
  });

  it("where it is no form, or sent by another method", async () => {
    const { headers } = await dismissal();
    const body = JSON.stringify({ action: "dismiss", token: await token() });
    await isRefused({ method: "POST", body, headers: { ...headers, "content-type": "application/json" } });
    await isRefused({ method: "DELETE", headers });
  });
});

it("a form is taken with the origin alone, as from browsers that say no more", async () => {
  const body = new URLSearchParams({ action: "dismiss", token: await token() });
  const answer = await shop.request(path, { method: "POST", body, headers: { origin: HOST } });
  expect(answer.status).toBe(303);
  expect((await shop.pay.reviews.list()).reviews).toEqual([]);
});

it("a form is taken by another process with the same secret", async () => {
  const options = { authorize: () => ({ name: operator }), clock: shop.clock, secret: SECRET };
  const [one, other] = [createConsole(shop.pay, options), createConsole(shop.pay, options)];
  const page = await (await one.fetch(new Request(`${HOST}/console/reviews`))).text();
  const init = form({ action: "dismiss", token: tokenOf(page) });
  expect((await other.fetch(new Request(`${HOST}/console${path}`, init))).status).toBe(303);
});

it("a form that is too large is refused", async () => {
  const large = form({ action: "note", note: "x".repeat(70_000), token: await token() });
  const answer = await shop.request(path, large);
  expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining("too large")]);
});
