import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { HttpExchange } from "@pay/core";
import { createShop, type Shop } from "../test/shop.ts";

let shop: Shop;
let httpExchanges: HttpExchange[];
beforeEach(async () => {
  httpExchanges = [];
  const refund = async () => ({ kind: "succeeded" }) as const;
  shop = await createShop({ httpExchanges: { of: () => httpExchanges } }, { can: { refund } });
});
afterEach(() => shop.pay.close());

/** The timeline as texts: time, shop, Pay, gateway. */
function timelineIn(page: string): readonly (readonly string[])[] {
  const [table = ""] = /<table class="timeline">[\s\S]*?<\/table>/.exec(page) ?? [];
  const rows = [...table.matchAll(/<tr><th scope="row">([\s\S]*?)<\/th>([\s\S]*?)<\/tr>/g)];
  const plain = (text: string) =>
    text
      .replaceAll(/<[^>]+>/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim();
  return rows.map(([, time = "", cells = ""]) => [
    plain(time).slice(-12),
    ...[...cells.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell = ""]) => plain(cell)),
  ]);
}

describe("a payment's page", () => {
  it("shows what is known", async () => {
    const id = await shop.buy();
    const page = await shop.page(`/payments/${id}`, "pl");
    for (const text of ["order-1", "19,99\u00a0zł", "VIP", "fake:1", `R-${id}`, "oczekuje"])
      expect(page).toContain(text);
    expect(page).toContain('<time datetime="2026-01-15T13:00:00.000Z">15.01.2026, 13:00:00</time>');
  });

  it("tells what happened in the lanes of shop, Pay and gateway, in order of time", async () => {
    const id = await shop.buy();
    await shop.clock.advance(1000);
    httpExchanges.push({
      startedAt: shop.clock.now(),
      durationMs: 1,
      providerName: "cards",
      direction: "from_gateway",
      request: { method: "POST", url: "/callbacks/cards", body: '{"status":"succeeded"}' },
      response: { status: 200, body: "OK" },
    });
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    await shop.clock.advance(500);
    await shop.hear({ providerReference: `R-${id}`, status: "reversed" });
    const rows = timelineIn(await shop.page(`/payments/${id}`));
    const short = rows.map((row) => row.map((text) => text.slice(0, 31)));
    expect(short).toEqual([
      ["12:00:00.000", "The shop opened the payment; it", "", ""],
      ["12:00:00.000", "", "", "The gateway accepted the paymen"],
      ["12:00:01.000", "", "", "Request from the gateway: POST "],
      ["12:00:01.000", "", "", "The gateway reported: paid pend"],
      ["12:00:01.000", "Event for the handler vip payme", "", ""],
      ["12:00:01.500", "", "", "The gateway took the money back"],
      ["12:00:01.500", "", "A review was opened Reversed , ", ""],
    ]);
  });

  it("keeps the history's own order where a clock went back", async () => {
    const id = await shop.buy();
    shop.clock.step(-5000);
    await shop.hear({ providerReference: `R-${id}`, status: "pending" });
    const rows = timelineIn(await shop.page(`/payments/${id}`));
    expect(rows.map((row) => row.join(" ").match(/Entry \d/)?.[0])).toEqual(["Entry 1", "Entry 2", "Entry 3"]);
  });

  it("lights its state and the ways it took in the diagram, and says them in words", async () => {
    const id = await shop.buy();
    await shop.hear({ providerReference: `R-${id}`, status: "failed" });
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    const page = await shop.page(`/payments/${id}`);
    expect(page.match(/class="way taken"/g)).toHaveLength(3);
    expect(page).toMatch(/<g class="now"><rect[^>]+><text[^>]+>succeeded</);
    expect(page).toMatch(/<g class="been"><rect[^>]+><text[^>]+>failed</);
    expect(page).toContain('aria-describedby="diagram-text"');
    expect(page).toContain("Path taken: created › pending, pending › failed, failed › succeeded.");
  });

  it("shows refunds, and what is known of them by now beside what was said then", async () => {
    const id = await shop.buy();
    await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
    await shop.pay.refund("cards", id, { amount: { value: 500, currency: "PLN" }, idempotencyKey: "return-7" });
    const page = await shop.page(`/payments/${id}`);
    expect(page).toContain("Refunds of this payment, oldest first");
    expect(page).toContain("return-7");
    expect(
      timelineIn(page)
        .map(([, shopLane]) => shopLane)
        .join(),
    ).toContain("Amount PLN 5.00");
    expect(page).toContain("<dt>Current refund status</dt><dd>succeeded</dd>");
  });

  it("shows why the outcome at the gateway is unknown", async () => {
    shop.cards.onCreate = () => ({ kind: "unknown", cause: new Error("time is up") });
    await shop.buy().catch(() => {});
    const [payment] = (await shop.pay.orders.get("order-1")).payments;
    expect(await shop.page(`/payments/${payment?.id}`)).toContain("<dt>Reason</dt><dd>time is up</dd>");
  });

  it("shows what was exchanged exactly, line by line and escaped", async () => {
    const id = await shop.buy();
    httpExchanges.push({
      startedAt: shop.clock.now(),
      durationMs: 1,
      providerName: "cards",
      direction: "to_gateway",
      request: { method: "POST", url: "https://gateway.example/?a=1&b=2", body: 'x: "<b>"\n  y' },
      error: "it took <too> long",
    });
    const page = await shop.page(`/payments/${id}`);
    expect(page).toContain(
      "<pre>POST https://gateway.example/?a=1&amp;b=2\n\nx: &quot;&lt;b&gt;&quot;\n  y</pre><p>No response: it took &lt;too&gt; long</p>",
    );
  });

  it.each(["pay_06erx0000000000000000000zz", "pay_1", "%00", "..%2f"])("is missing with 404 for %s", async (id) => {
    const answer = await shop.get(`/payments/${id}`, { "accept-language": "pl" });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("Nie ma takiej");
  });
});
