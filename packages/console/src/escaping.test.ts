import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseProviderReference } from "@pay/core/adapter";
import { until } from "@pay/core/testing";
import { createShop, type Shop } from "../test/shop.ts";

/** A text that would load something if any of its characters were taken for markup. Each place has its own name in it. */
const evil = (place: string) => `</pre>"'><img src=${place} onerror=alert(1)>&lt;`;
const escaped = (place: string) => `&lt;/pre&gt;&quot;&#39;&gt;&lt;img src=${place} onerror=alert(1)&gt;&amp;lt;`;

let shop: Shop;
let id: string;
let review: string;
beforeEach(async () => {
  const body = evil("body");
  const exchange = {
    startedAt: 1,
    durationMs: 1,
    providerName: "cards",
    direction: "to_gateway",
    request: { method: evil("method"), url: evil("url"), body },
    response: { status: 200, body: evil("answer") },
  } as const;
  shop = await createShop(
    { authorize: () => ({ name: evil("by") }), httpExchanges: { of: () => [exchange] } },
    {
      name: evil("adapter"),
      merchantAccount: evil("merchantAccount"),
      can: { refund: async () => ({ kind: "succeeded", providerReference: evil("refund") }) },
    },
  );
  shop.cards.onCreate = () => ({
    kind: "accepted",
    providerReference: parseProviderReference(evil("providerReference"))!,
    next: { kind: "wait" },
  });
  id = await shop.buy({ orderId: evil("order"), description: evil("description") });
  const about = { providerReference: parseProviderReference(evil("providerReference"))! };
  shop.cards.onReceive = () => ({
    kind: "notification",
    about,
    reported: { status: "unrecognized", providerStatus: evil("raw") },
    details: { [evil("name")]: evil("detail") },
  });
  await shop.hear({});
  review = (await shop.pay.reviews.list()).reviews[0]?.id ?? "";
  await shop.pay.reviews.resolve(review, { action: "note", note: evil("note"), by: evil("somebody") });
});
afterEach(() => shop.pay.close());

/** No markup of ours, and each of the places shown. */
async function holds(page: string, places: readonly string[]) {
  expect(page).not.toMatch(/<img|<\/pre>"/);
  const missing = places.filter((place) => !page.includes(escaped(place)));
  expect(missing).toEqual([]);
}

describe.each(["pl", "en"] as const)("what anybody may have written is text in the pages in %s:", (language) => {
  it("in the list and in what is searched for", async () => {
    await holds(await shop.page("/", language), ["by", "order"]);
    await holds(await shop.page(`/?order=${encodeURIComponent(evil("order"))}`, language), ["order"]);
    const wrong = ["id", "provider", "state", "from", "to"].map((name) => `${name}=${encodeURIComponent(evil(name))}`);
    const fields = ["id", "provider", "from", "to"];
    await holds(await shop.page(`/?${wrong.join("&")}`, language), fields);
  });

  it("on the payment's page", async () => {
    const places = [
      "order",
      "description",
      "adapter",
      "merchantAccount",
      "providerReference",
      "raw",
      "name",
      "detail",
      "note",
      "somebody",
    ];
    await holds(await shop.page(`/payments/${id}`, language), [...places, "method", "url", "body", "answer"]);
  });

  it("in reviews, and in a form that comes back", async () => {
    await holds(await shop.page("/reviews", language), ["raw", "providerReference", "note", "somebody"]);
    const path = `/reviews/${review}`;
    const typed = { action: "accept", as: evil("as"), note: evil("typed") };
    const answer = await shop.send(`${path}?lang=${language}`, `${path}?lang=${language}`, typed);
    expect(answer.status).toBe(400);
    await holds(await answer.text(), ["typed", "by"]);
  });

  it("in deliveries and refunds", async () => {
    shop.onEvent = () => {
      throw new Error("no");
    };
    await shop.pay.reviews.resolve(review, { action: "accept", as: "succeeded" });
    await until(async () => (await shop.pay.deliveries.list(id))[0]?.error !== undefined);
    await shop.pay.refund("cards", id, { idempotencyKey: evil("key") });
    // Pay masks such a text in what it stores, and the console trusts no store.
    const { failing, list } = shop.pay.deliveries;
    Object.assign(shop.pay.deliveries, {
      list: async (of: string) => (await list(of)).map((row) => ({ ...row, error: evil("error") })),
      failing: async () => (await failing()).map((row) => ({ ...row, error: evil("error"), handler: evil("handler") })),
    });
    await holds(await shop.page("/failing", language), ["error", "handler", "order"]);
    await holds(await shop.page(`/payments/${id}`, language), ["error", "key", "refund"]);
  });

  it("in what stands in an address", async () => {
    for (const path of [
      `/payments/${encodeURIComponent(evil("path"))}`,
      `/?lang=${encodeURIComponent(evil("lang"))}`,
    ]) {
      await holds(await shop.page(path, language), []);
    }
    await holds(
      await shop.page(`/?done=${encodeURIComponent(evil("done"))}&after=${encodeURIComponent(evil("after"))}`),
      [],
    );
  });
});

it("links lead to paths of the console alone", async () => {
  for (const path of ["/", `/payments/${id}`, "/reviews", `/reviews/${review}`, "/failing", "/statistics"]) {
    const page = await shop.page(path);
    const addresses = [...page.matchAll(/ (?:href|src|action|data-events)="([^"]*)"/g)].map(([, to]) => to ?? "");
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((to) => !/^(?:\/console(?:[/?]|$)|#)/.test(to))).toEqual([]);
    // Every attribute's value is quoted.
    expect(page).not.toMatch(/<[a-z][^>"]* [a-z-]+=(?!")/);
  }
});
