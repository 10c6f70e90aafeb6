import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { until } from "@pay/core/testing";
import { createShop, type Shop } from "../test/shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
});
afterEach(() => shop.pay.close());

const idsIn = (page: string) => [...page.matchAll(/href="\/console\/payments\/(pay_\w+)"/g)].map(([, id]) => id);

describe("the list of payments", () => {
  it("shows the newest first", async () => {
    const first = await shop.buy();
    await shop.clock.advance(1000);
    const second = await shop.buy({ orderId: "order-2" });
    const page = await shop.page("/");
    expect(idsIn(page)).toEqual([second, first]);
    expect(page).toContain("PLN\u00a019.99");
    expect(page).toContain('<time datetime="2026-01-15T12:00:01.000Z">15/01/2026, 12:00:01</time>');
  });

  it.each([
    ["en", "superseded", "The order costs now"],
    ["pl", "zastąpiona", "Obecna kwota zamówienia"],
  ] as const)(
    "marks a superseded payment, and its page says what the order costs now (%s)",
    async (language, mark, label) => {
      const cheap = await shop.buy();
      expect(await shop.page("/", language)).not.toContain("state superseded");
      const dear = await shop.buy({ amount: { value: 4999, currency: "PLN" } });
      expect(await shop.page("/", language)).toContain(`<span class="state superseded">${mark}</span>`);
      const page = await shop.page(`/payments/${cheap}`, language);
      expect(page).toContain(`<span class="state superseded">${mark}</span>`);
      expect(page).toContain(label);
      expect(page).toMatch(new RegExp(`href="/console/payments/${dear}[^"]*">${dear}</a>`));
      expect(await shop.page(`/payments/${dear}`, language)).not.toContain("state superseded");
    },
  );

  it("finds by order, provider, state and day of creation", async () => {
    const paid = await shop.buy();
    await shop.hear({ providerReference: `R-${paid}`, status: "succeeded" });
    await shop.clock.advance(24 * 3_600_000);
    const other = await shop.buy({ orderId: "order-2", providerName: "other" });
    const searches = {
      "order=order-2": [other],
      "provider=cards": [paid],
      "state=succeeded": [paid],
      "from=2026-01-16": [other],
      "to=2026-01-15": [paid],
      "from=2026-01-15&to=2026-01-16": [other, paid],
      "order=%20order-1%20&state=pending": [],
    };
    for (const [search, ids] of Object.entries(searches)) {
      expect([search, idsIn(await shop.page(`/?${search}`))]).toEqual([search, ids]);
    }
  });

  it("finds the order whose id begins with a space, where a payment's page links to it", async () => {
    const plain = await shop.buy({ orderId: "x" });
    const spaced = await shop.buy({ orderId: " x" });
    expect(idsIn(await shop.page("/?order=%20x"))).toEqual([spaced]);
    expect(idsIn(await shop.page("/?order=x"))).toEqual([plain]);
    expect(idsIn(await shop.page("/?order=x%20"))).toEqual([plain]);
  });

  it("finds by the gateway's number, by amount and by part of the order's id, and a whole order before a part", async () => {
    const first = await shop.buy({ orderId: "order-12" });
    await shop.clock.advance(1000);
    const second = await shop.buy({ orderId: "order-1", amount: { value: 123450, currency: "PLN" } });
    await shop.hear({ providerReference: `R-${first}`, status: "pending" });
    const searches = {
      [`reference=%20R-${first}`]: [first],
      "reference=R-": [],
      "amount=1%20234,50%20pln": [second],
      "amount=PLN%2019.99": [first],
      // As the console shows them, in Polish and in English.
      "amount=1234,50%C2%A0z%C5%82": [second],
      "amount=PLN%C2%A01,234.50": [second],
      "amount=1.234,50%20PLN": [second],
      "amount=19,99": [first],
      "amount=19.99": [first],
      "amount=19,99%20z%C5%82": [first],
      "amount=19,99%C2%A0z%C5%82": [first],
      "amount=19.99%20EUR": [],
      "order=der-1": [second, first],
      "order=order-1": [second],
      "order=12&amount=19.99PLN": [first],
      "order=nowhere": [],
    };
    for (const [search, ids] of Object.entries(searches)) {
      expect([search, idsIn(await shop.page(`/?${search}`))]).toEqual([search, ids]);
    }
  });

  it("says of a paid order that its handler fails, or was given up, and shows it while the list is watched", async () => {
    shop.onEvent = () => {
      throw new Error("the books are locked");
    };
    const [paid, fine] = [await shop.buy(), await shop.buy({ orderId: "order-2" })];
    await shop.hear({ providerReference: `R-${paid}`, status: "succeeded" });
    const seen = async () => /data-events="[^"]*seen=([^"&]+)/.exec(await shop.page("/"))?.[1];
    await until(async () => (await shop.pay.deliveries.failing()).length > 0);
    const mark = (id: string, text: string) => `href="/console/payments/${id}#deliveries">${text}</a>`;
    const page = await shop.page("/?state=succeeded");
    expect(page).toContain(`succeeded</span>, <a class="state due" ${mark(paid, "delivery fails")}`);
    expect(page).not.toContain(mark(fine, ""));
    const before = await seen();
    await until(async () => {
      shop.clock.step(30 * 3_600_000);
      await shop.clock.advance(11_000);
      return (await shop.pay.deliveries.failing())[0]?.status === "dead";
    });
    expect(await shop.page("/?order=order-1", "pl")).toContain(
      `opłacona</span>, <a class="state dead" ${mark(paid, "nie dostarczono")}`,
    );
    expect(await seen()).not.toBe(before);
  });

  it("reads the failing deliveries once for the count and the marks, and keeps the list where that read fails", async () => {
    const id = await shop.buy();
    let reads = 0;
    Object.assign(shop.pay.deliveries, {
      async failing() {
        reads += 1;
        throw new TypeError("no");
      },
    });
    const page = await shop.get("/");
    expect([page.status, reads]).toEqual([200, 1]);
    expect(idsIn(await page.text())).toEqual([id]);
  });

  it("takes days in the time zone of the console", async () => {
    const warsaw = await createShop({ timeZone: "Europe/Warsaw" });
    await warsaw.clock.advance(11.5 * 3_600_000);
    const id = await warsaw.buy();
    expect(idsIn(await warsaw.page("/?from=2026-01-16"))).toEqual([id]);
    expect(idsIn(await warsaw.page("/?to=2026-01-15"))).toEqual([]);
    expect(await warsaw.page("/")).toContain("16/01/2026, 00:30:00");
    await warsaw.pay.close();
  });

  it("goes to the payment whose id was typed", async () => {
    const id = await shop.buy();
    const answer = await shop.get(`/?id=${id}&lang=pl`);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `/console/payments/${id}?lang=pl`]);
  });

  it.each([
    ["id=pay_06erx0000000000000000000zz", "id", "There is no payment with this id."],
    ["id=../etc", "id", "is pay_ followed by 26"],
    ["order=%00", "order", "one line of at most 200"],
    ["reference=%00", "reference", "one line of at most 200"],
    ["amount=19.999%20PLN", "amount", "Write the amount and its currency"],
    ["amount=1,2.50%20PLN", "amount", "Write the amount and its currency"],
    ["amount=1,234,50%20PLN", "amount", "Write the amount and its currency"],
    ["amount=x%20PLN", "amount", "Write the amount and its currency"],
    ["amount=PLN", "amount", "Write the amount and its currency"],
    ["amount=1%20PLN%20EUR", "amount", "Write the amount and its currency"],
    ["provider=no%20body", "provider", "has only letters, digits"],
    ["state=paid", "state", "There is no such state."],
    ["from=2026-02-30", "from", "Not a date"],
    ["to=yesterday", "to", "Not a date"],
    ["from=2026-01-02&to=2026-01-01", "to", "The last day must not be"],
  ])("says at the field what is wrong with %s", async (search, field, why) => {
    const answer = await shop.get(`/?${search}`);
    const page = await answer.text();
    expect(answer.status).toBe(400);
    expect(page).toMatch(
      new RegExp(`id="${field}" name="${field}" aria-describedby="[^"]*${field}-wrong" aria-invalid="true"`),
    );
    expect(page).toMatch(new RegExp(`id="${field}-wrong">[^<]*${why}`));
  });

  it("says what Pay says", async () => {
    const page = await shop.page("/?provider=no%20body", "pl");
    expect(page).toContain('<code>INVALID_REQUEST</code> <span lang="en">providerName must be');
  });

  it("begins anew, and says so, where the page is none", async () => {
    const answer = await shop.get("/?after=pay_nowhere");
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("There is no such page.");
  });

  it("goes on to older ones, which keep the search, and back", async () => {
    const bought: string[] = [];
    for (let count = 0; count < 51; count++) {
      // Ids of one millisecond are in an order of chance.
      shop.clock.step(1);
      bought.unshift(await shop.buy({ orderId: `order-${count}` }));
    }
    const page = await shop.page("/?state=pending");
    expect(idsIn(page)).toEqual(bought.slice(0, 50));
    const older = /href="\/console([^"]+)">Continue to older/.exec(page)?.[1]?.replaceAll("&amp;", "&");
    expect(older).toBe(`?state=pending&after=${bought[49]}`);
    const last = await shop.page(`/${older}`);
    expect(idsIn(last)).toEqual(bought.slice(50));
    expect(last).not.toContain("Continue to older");
    expect(last).toContain('href="/console?state=pending">Back to the newest');
  });

  it("says of a page that came short that there may be more, and offers to go on", async () => {
    const list = shop.pay.payments.list;
    const sparse = {
      ...shop.pay.payments,
      list: async () => ({ payments: [], next: "pay_06erx0000000000000000000zz" }),
    };
    const short = await createShop();
    Object.assign(short.pay.payments, sparse);
    const page = await short.page("/?state=failed");
    expect(page).toContain("Not all payments have been searched.");
    expect(page).toContain("after=pay_06erx0000000000000000000zz");
    Object.assign(short.pay.payments, { list });
    await short.pay.close();
  });
});
