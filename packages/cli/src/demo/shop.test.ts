import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ITEMS } from "./items.ts";
import { type Stage, startDemo } from "./stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await startDemo();
});

afterAll(() => stage.close());

interface Visit {
  readonly lang?: string;
  readonly cookie?: string;
  readonly form?: Readonly<Record<string, string>>;
}

function visit(path: string, { cookie, form, lang = "en" }: Visit = {}): Promise<Response> {
  const headers = { "accept-language": lang, ...(cookie !== undefined && { cookie }) };
  const body = form && { method: "POST", body: new URLSearchParams(form) };
  return fetch(stage.shopUrl + path, { headers, redirect: "manual", ...body });
}

const html = async (path: string, options?: Visit) => (await visit(path, options)).text();

/** Presses the shop's button. */
async function buy(form: Readonly<Record<string, string>>, options: Visit = {}) {
  const answer = await visit("/buy", { ...options, form: { email: "buyer@example.com", ...form } });
  expect(answer.status).toBe(303);
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const gatewayPage = new URL(answer.headers.get("location") ?? "").pathname;
  const payment = stage.simulator.payments().find(({ pageUrl }) => new URL(pageUrl).pathname === gatewayPage)!;
  const orderPage = /href="(\/orders\/[^"?]+)/.exec(await html("/", { cookie }))?.[1] ?? "";
  return { cookie, payment, orderPage };
}

describe("the demo's shop", () => {
  it.each([
    ["pl-PL,pl;q=0.9", "pl", "VIP na 30 dni", "19,99\u00a0zł"],
    ["en;q=0.2, pl;q=0.8", "pl", "Smok bojowy", "49,00\u00a0zł"],
    ["de,en;q=0.5", "en", "VIP for 30 days", "PLN\u00a019.99"],
    ["", "en", "Battle dragon", "PLN\u00a049.00"],
  ])("speaks the language of %j", async (lang, tag, item, price) => {
    const page = await html("/", { lang });
    expect(page).toContain(`<html lang="${tag}"`);
    expect(page).toContain(item);
    expect(page).toContain(price);
    expect(await html("/?lang=pl", { lang })).toContain('<html lang="pl"');
  });

  it("says what is wrong with a form and takes no money", async () => {
    const answer = await visit("/buy", { form: { provider: "cards", email: "<script>" } });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(page).toContain("The e-mail address is not valid. Go back to the shop and correct it.");
    expect(page).not.toContain("INVALID_REQUEST");
    expect(page).not.toContain("<script>");
    expect(stage.simulator.payments()).toEqual([]);
  });

  it("lets its pages do nothing but their own", async () => {
    const { headers } = await visit("/nowhere");
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self' ${stage.simulator.url}; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it.each(ITEMS.map(({ id, price }) => [id, price.value] as const))("sells %s for %i grosze", async (item, amount) => {
    const { payment } = await buy({ item, provider: "psc" });
    expect(Math.round(Number(payment.amount) * 100)).toBe(amount);
  });

  it("opens one payment, however often the button of one form is pressed", async () => {
    const form = { provider: "psc", key: "one form" };
    const first = await buy(form);
    expect((await buy(form)).payment).toEqual(first.payment);
    expect((await buy(form, { cookie: first.cookie })).payment).toEqual(first.payment);
  });

  it("shows an order to the browser that placed it, and to no other", async () => {
    const { cookie, orderPage } = await buy({ provider: "psc" });
    const strangers = await buy({ provider: "psc" });
    expect((await visit(orderPage, { cookie })).status).toBe(200);
    expect((await visit(orderPage)).status).toBe(404);
    expect((await visit(orderPage, { cookie: strangers.cookie })).status).toBe(404);
    expect((await visit(`${orderPage}/events`)).status).toBe(404);
    expect((await visit(`${orderPage}/pay`, { form: { provider: "psc" } })).status).toBe(404);
  });

  it("keeps the cookie from scripts and from other sites' forms", async () => {
    const answer = await visit("/buy", { form: { provider: "psc", email: "buyer@example.com" } });
    expect(answer.headers.get("set-cookie")).toMatch(/^pay_demo_buyer=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
  });
});

describe("the page of an order", () => {
  it("looks again by itself while the payment is open, also without script", async () => {
    const { cookie, orderPage } = await buy({ provider: "psc" });
    const page = await html(orderPage, { cookie });
    expect(page).toContain("Waiting for the payment");
    expect(page).toContain('<noscript><meta http-equiv="refresh"');
    expect(page).toContain('<script src="/live.js" defer>');
  });

  it("is found by Sellly's buyers at the one address, which names no payment", async () => {
    const { cookie, payment } = await buy({ item: "coins", provider: "cards" });
    expect(await html("/orders", { cookie })).toContain("1,000 gold coins");
    expect(await html("/orders")).toContain("We will deliver your order once the payment is confirmed");
    const { url } = await stage.simulator.act(payment.id, "pay");
    expect(url).toBe(`${stage.shopUrl}/orders`);
  });

  it.each(["psc", "cards"])(
    "is sent anew when the callback of %s comes, and for the last time when all is done",
    async (provider) => {
      const { cookie, orderPage, payment } = await buy({ provider });
      const events = await visit(`${orderPage}/events`, { cookie });
      expect(events.headers.get("content-type")).toMatch(/^text\/event-stream/);
      await stage.simulator.act(payment.id, "pay");
      // The stream ends by itself.
      const sent = (await events.text()).split("\n\n").filter((event) => event !== "");
      expect(sent[0]).toContain("Waiting for the payment");
      expect(sent.at(-1)).toContain("Paid, thank you");
      expect(sent.at(-1)).toMatch(/VIP for 30 days \(evt_\w+\)/);
      expect(sent.at(-1)).not.toContain("data-events");
    },
  );

  it("offers another try after a failure, which is another payment of the same order", async () => {
    const { cookie, orderPage, payment } = await buy({ provider: "psc" });
    const events = await visit(`${orderPage}/events`, { cookie });
    await stage.simulator.act(payment.id, "decline");
    expect(await events.text()).toContain("Not paid");
    const again = await visit(`${orderPage}/pay`, { cookie, form: { provider: "cards", email: "buyer@example.com" } });
    expect(again.headers.get("location")).toContain(stage.simulator.selllyUrl);
    const page = await html(orderPage, { cookie });
    expect(page).toContain("PaySafeCard (GOSetti.pl): failed");
    expect(page).toContain("BLIK, transfer or card (Sellly): pending");
  });
});
