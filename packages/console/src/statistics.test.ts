import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createShop, type Shop } from "../test/shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
});
afterEach(() => shop.pay.close());

const rowsOf = (page: string) =>
  [...page.matchAll(/<tr>\s*<th scope="row">([\s\S]*?)<\/tr>/g)].map(([, row = ""]) =>
    row
      .replaceAll(/<[^>]+>/g, "|")
      .replaceAll(/[\s|]*\|[\s|]*/g, "|")
      .replaceAll("\u00a0", " "),
  );

/** A payment that ends after so many milliseconds. */
async function ended(status: string, after: number, orderId: string) {
  const id = await shop.buy({ orderId });
  shop.clock.step(after);
  await shop.hear({ providerReference: `R-${id}`, status });
}

describe("statistics", () => {
  it("count what is closed of each provider's newest payments, and how long a success took", async () => {
    for (const [index, after] of [1000, 4000, 600_000].entries()) await ended("succeeded", after, `paid-${index}`);
    await ended("failed", 1, "failed");
    await shop.buy({ orderId: "open" });
    await shop.buy({ orderId: "elsewhere", providerName: "other" });
    const page = await shop.page("/statistics");
    expect(rowsOf(page)).toEqual([
      "cards|latest payments: 5|4|3|75%|",
      "other|latest payments: 1|0|0|none|",
      "cards|3|4 secs|10 mins|",
      "other|0|none|none|",
    ]);
    expect(page).toContain('role="img" aria-label="Success rate: cards 75%, other none"');
    expect(page).toContain('aria-label="Median time to success: cards 4 secs, other none"');
  });

  it("describe each chart without a second full stop after an abbreviated unit", async () => {
    await ended("succeeded", 4000, "paid");
    expect(await shop.page("/statistics", "pl")).toMatch(/aria-label="Mediana czasu do zapłaty: cards 4\ssek\."/);
  });

  it("count 500 payments at most", async () => {
    const id = await shop.buy();
    const [payment] = (await shop.pay.payments.list()).payments;
    const asked: number[] = [];
    Object.assign(shop.pay.payments, {
      async list({ limit }: { limit: number }) {
        asked.push(limit);
        return { payments: Array.from({ length: limit }, () => payment), next: id };
      },
    });
    expect(rowsOf(await shop.page("/statistics"))[0]).toBe("cards|latest payments: 500|0|0|none|");
    expect(asked).toEqual([200, 200, 200, 100]);
  });

  it("say so where there is nothing", async () => {
    expect(await shop.page("/statistics", "pl")).toContain("Nie ma jeszcze płatności.");
  });

  it("ask for a bounded number of pages of each provider, also of one that is gone", async () => {
    const id = await shop.buy();
    const [payment] = (await shop.pay.payments.list()).payments;
    let calls = 0;
    Object.assign(shop.pay.payments, {
      async list(query: { providerName?: string }) {
        calls += 1;
        const payments = ["cards", "gone"].map((providerName) => ({ ...payment, providerName }));
        return {
          payments: payments.filter(({ providerName }) => (query.providerName ?? providerName) === providerName),
          next: id,
        };
      },
    });
    const rows = rowsOf(await shop.page("/statistics"));
    expect(calls).toBe(1 + 5 + 5);
    expect(rows.slice(0, 2)).toEqual(["cards|latest payments: 5|0|0|none|", "gone|latest payments: 5|0|0|none|"]);
  });
});
