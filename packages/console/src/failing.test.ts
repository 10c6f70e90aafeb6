import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { until } from "@pay/core/testing";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { createShop, form, type Shop, tokenOf } from "../test/shop.ts";

let shop: Shop;
beforeEach(async () => {
  shop = await createShop({ logger: quietLogger() });
});
afterEach(async () => {
  const closing = shop.pay.close();
  await shop.clock.advance(60_000);
  await closing;
});

const COUNT = /<a href="\/console\/failing[^"]*"[^>]*>[^<]*(?:<span class="count">([^<]*)<\/span>)?<\/a>/;
const countOn = async (path: string) => COUNT.exec(await shop.page(path))?.[1];

/** A paid payment whose handler failed twice and waits for about five minutes. */
async function failing(orderId = "order-1") {
  shop.onEvent = () => {
    throw new Error("the books are <locked>");
  };
  const id = await shop.buy({ orderId });
  await shop.hear({ providerReference: `R-${id}`, status: "succeeded" });
  await shop.clock.advance(10_000);
  const [row] = await shop.pay.deliveries.list(id);
  expect(row).toMatchObject({ status: "due", attempts: 2 });
  return { id, row: row! };
}

describe("the page of failing deliveries", () => {
  it("is empty, without a count in the navigation, where nothing fails", async () => {
    expect(await shop.page("/failing")).toContain("No delivery is failing.");
    expect(await shop.page("/failing", "pl")).toContain("Nie ma nieudanych doręczeń.");
    for (const path of ["/", "/reviews", "/failing", "/statistics"]) expect(await countOn(path)).toBeUndefined();
  });

  it("shows payment, handler, event, attempts, last error and next attempt, and how many fail on every page", async () => {
    const { id, row } = await failing();
    const page = await shop.page("/failing");
    expect(page).toContain(`<a href="/console/payments/${id}#deliveries">order-1</a>`);
    expect(page).toContain("<code>payment.succeeded</code>: paid");
    expect(page).toContain('<td class="number">2</td>');
    expect(page).toContain("Error: the books are •••");
    expect(page).toContain(`<time datetime="${new Date(row.nextAttemptAt!).toISOString()}">`);
    for (const path of ["/", "/reviews", "/failing", "/statistics", `/payments/${id}`]) {
      expect(await countOn(path)).toBe("1");
    }
    expect(await shop.page("/failing", "pl")).toContain("Nieudane doręczenia");
  });

  it("shows the newest hundred, and says that there are more", async () => {
    const { row, id } = await failing();
    const payment = (await shop.pay.payments.get(id))!;
    const many = Array.from({ length: 101 }, () => ({ ...row, payment }));
    Object.assign(shop.pay.deliveries, { failing: async ({ limit = 0 }) => many.slice(0, limit) });
    const page = await shop.page("/failing");
    expect(page).toContain("Only the newest 100 are shown.");
    expect(page.split("<tr>").length - 2).toBe(100);
    expect(await countOn("/")).toBe("100+");
  });

  it("does not keep the other pages away when the store cannot count", async () => {
    Object.assign(shop.pay.deliveries, { failing: () => Promise.reject(new TypeError("no")) });
    expect((await shop.get("/reviews")).status).toBe(200);
    expect((await shop.get("/failing")).status).toBe(500);
  });

  it("has a delivery attempted at once, under the operator's name", async () => {
    const { id, row } = await failing();
    shop.onEvent = () => {};
    const fields = { about: id, event: row.eventId, handler: "vip" };
    expect(await shop.page("/failing")).toContain('aria-label="Deliver again: vip, payment.succeeded, order-1"');
    const answer = await shop.send("/failing?lang=pl", "/failing?lang=pl", fields);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/console/failing?lang=pl&done=redrive"]);
    await until(async () => (await shop.pay.deliveries.list(id))[0]?.status === "delivered");
    const { fact } = (await shop.pay.payments.history(id)).at(-1)!;
    expect(fact).toMatchObject({ kind: "redrive", by: "Anna", handler: "vip" });
    expect(await shop.page("/failing?done=redrive")).toContain('role="status">The event will be delivered again.');
    expect(await countOn("/failing")).toBeUndefined();
  });

  it("leaves one alone whose handler runs at the moment, and says to wait", async () => {
    const { id, row } = await failing();
    const page = await shop.page("/failing");
    shop.onEvent = () => new Promise(() => {}) as never;
    const token = tokenOf(page);
    const fields = { token, about: id, event: row.eventId, handler: "vip" };
    expect((await shop.request("/failing", form(fields))).status).toBe(303);
    await until(async () => (await shop.pay.deliveries.list(id))[0]?.status === "leased");
    expect(await shop.page("/failing")).not.toContain("<button");
    const answer = await shop.request("/failing", form(fields, { "accept-language": "pl" }));
    const refused = await answer.text();
    expect(answer.status).toBe(409);
    expect(refused).toContain("Odbiorca właśnie obsługuje to zdarzenie albo");
    expect(refused).toContain("<code>IN_PROGRESS</code>");
  });

  it("refuses a form that did not come from it, and one about nothing", async () => {
    const { id, row } = await failing();
    const fields = { about: id, event: row.eventId, handler: "vip" };
    expect((await shop.request("/failing", form({ ...fields, token: "junk" }))).status).toBe(403);
    expect((await shop.pay.deliveries.list(id))[0]).toEqual(row);
    for (const about of ["", "pay_x", "../reviews", "rev_00000000000000000000000000"]) {
      expect((await shop.send("/failing", "/failing", { ...fields, about })).status).toBe(404);
    }
    expect((await shop.pay.deliveries.list(id))[0]).toEqual(row);
  });
});

describe("the page of a payment", () => {
  it("shows when a delivery is attempted next, and has it attempted now", async () => {
    const { id, row } = await failing();
    const page = await shop.page(`/payments/${id}`);
    expect(page).toContain('<th scope="col">Next attempt</th>');
    expect(page).toContain(`<td><time datetime="${new Date(row.nextAttemptAt!).toISOString()}">`);
    shop.onEvent = () => {};
    await shop.send(`/payments/${id}`, `/payments/${id}/redrive`, { event: row.eventId, handler: "vip" });
    await until(async () => (await shop.pay.deliveries.list(id))[0]?.status === "delivered");
    expect(await shop.page(`/payments/${id}`)).not.toContain("Deliver again:");
  });
});
