import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { money } from "@pay/core";
import type { Language } from "@pay/i18n";
import type { Page } from "playwright-core";
import { axeInAllColours } from "./support/axe.ts";
import { openBrowser, type TestBrowser } from "./support/browser.ts";
import { buyerOn, PROVIDERS, type Provider } from "./support/buyer.ts";
import { CONSOLE_TEXTS, type OperatorAt, operatorOn } from "./support/operator.ts";
import { type StillDemo, startStillDemo, until } from "./support/still-demo.ts";

const LONG = process.env.PAY_TEST_LONG === "1";
/** Longest time between two attempts of a handler. */
const LONGEST_DELAY_MS = 30 * 3_600_000;
const ATTEMPTS = 10;

let demo: StillDemo;
let browser: TestBrowser;

beforeAll(async () => {
  [demo, browser] = await Promise.all([startStillDemo(), openBrowser()]);
});

afterEach(async () => {
  demo.failure = undefined;
  demo.simulator.setChaos({});
  expect(await browser.leave()).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await demo.close();
});

/** Buys and pays. Resolves with the payment after the shop received its event. */
async function buy(page: Page, language: Language, provider: Provider) {
  const { order, vanish } = buyerOn(page, demo.shopUrl, language);
  await order(provider);
  const [payment] = (await demo.pay.payments.list({ limit: 1 })).payments;
  await vanish();
  await until(async () => (await demo.pay.payments.get(payment!.id))?.state === "succeeded");
  return payment!;
}

/** A payment that both succeeded and failed, as Sellly reports it. */
async function contradicted(page: Page, language: Language) {
  demo.simulator.setChaos({ callbacks: [{ kind: "contradict", order: "success_failure" }] });
  const payment = await buy(page, language, "cards");
  await demo.simulator.advance(60_000);
  return payment;
}

async function operator(language: Language): Promise<OperatorAt> {
  return operatorOn(await browser.visitor({ language }), demo.consoleUrl);
}

/** Each language with its own gateway and decision. */
const IN_TURN = [
  ["pl", "psc", "accept"],
  ["en", "cards", "dismiss"],
] as const;

describe.each(IN_TURN)("an operator who reads %s", (language, provider, action) => {
  const texts = CONSOLE_TEXTS[language];
  const { actions, deliveries, events, facts, reviewStatus, states, words } = texts;

  it("finds what was bought through both gateways by order, provider and state", async () => {
    const { page } = await operator(language);
    const paid = [await buy(page, language, "psc"), await buy(page, language, "cards")];
    const { order } = buyerOn(page, demo.shopUrl, language);
    await order("cards");
    const [open] = (await demo.pay.payments.list({ limit: 1 })).payments;
    const rows = page.locator("table tbody tr");

    await page.goto(demo.consoleUrl);
    for (const { id } of paid) {
      expect(await rows.filter({ hasText: id }).textContent()).toContain(states.succeeded);
    }
    expect(await rows.filter({ hasText: open!.id }).textContent()).toContain(states.pending);
    await page.getByRole("link", { name: open!.id }).click();
    await page.getByRole("heading", { level: 1, name: open!.id }).waitFor();

    await search(page, words.orderId, open!.orderId);
    expect(await rows.getByRole("link").allTextContents()).toEqual([open!.id]);
    await search(page, words.provider, "psc");
    expect(new Set(await rows.locator("td:nth-of-type(3)").allTextContents())).toEqual(new Set(["psc"]));
    expect(await rows.getByRole("link").allTextContents()).toContain(paid[0]!.id);
    await page.goto(demo.consoleUrl);
    await page.getByLabel(words.state, { exact: true }).selectOption({ label: states.pending });
    await page.getByRole("button", { name: words.find }).click();
    expect(await rows.getByRole("link").allTextContents()).toContain(open!.id);
    expect(new Set(await rows.locator(".state").allTextContents())).toEqual(new Set([states.pending]));
  });

  it(`sees what happened to a payment of ${provider} in three lanes, and the state it is in`, async () => {
    const { lanes, lit, open, page } = await operator(language);
    await open(await buy(page, language, provider));
    expect(await lit()).toBe(states.succeeded);
    const heads = await page.locator("table.timeline thead th").allTextContents();
    expect(heads).toEqual([words.time, words.shop, words.pay, words.gateway]);
    const [shop, , gateway] = await lanes();
    expect(shop).toContain(facts.opened);
    expect(shop).toContain(events["payment.succeeded"]);
    expect(gateway).toContain(facts.create_accepted);
    expect(gateway).toContain(facts.succeeded);
  });

  it(`adds a note to a review, and decides: ${action}`, async () => {
    const { lanes, open, page } = await operator(language);
    const payment = await contradicted(page, language);
    await open(payment);
    expect((await lanes())[1]).toContain(words.reviewOpened);
    await page.locator("article.review").getByLabel(words.note).fill("zadzwoniono do bramki");
    await page.getByRole("button", { name: words.addNote }).click();
    await page.getByText(words.doneNote).waitFor();
    await page.getByRole("button", { name: words[action], exact: true }).click();
    await page.getByText(action === "accept" ? words.doneAccept : words.doneDismiss).waitFor();

    const status = action === "accept" ? reviewStatus.accepted : reviewStatus.dismissed;
    expect(await page.locator("article.review h3 .state").textContent()).toBe(status);
    expect(await page.locator("article.review form").count()).toBe(0);
    const [shop] = await lanes();
    expect(shop.match(new RegExp(facts.review, "g"))).toHaveLength(2);
    for (const said of ["demo", "zadzwoniono do bramki", actions.note, actions[action]]) expect(shop).toContain(said);
  });

  it("has a handler told again that was given up", async () => {
    const { lanes, open, page } = await operator(language);
    demo.failure = () => new Error("the warehouse is closed");
    const payment = await buy(page, language, "cards");
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) await demo.pass(LONGEST_DELAY_MS);
    await open(payment);
    const row = page.locator("#deliveries ~ .scroll tbody tr").first();
    expect(await row.textContent()).toContain("the warehouse is closed");
    expect(await row.locator(".state").textContent()).toBe(deliveries.dead);

    demo.failure = undefined;
    await row.getByRole("button").click();
    await page.getByText(words.doneRedrive).waitFor();
    await demo.pass(0);
    await page.reload();
    expect(await row.locator(".state").textContent()).toBe(deliveries.delivered);
    expect(await row.getByRole("button").count()).toBe(0);
    const [shop] = await lanes();
    for (const said of [facts.review, texts.reviews.dead_letter.name, "demo"]) expect(shop).toContain(said);
    expect(demo.heard.filter((event) => event.payment.id === payment.id)).toHaveLength(1);
  });

  it("records a refund of the gateway's panel once, also with a double click", async () => {
    const { lanes, open, page } = await operator(language);
    const payment = await buy(page, language, provider);
    await open(payment);
    await page.locator("#record-as").selectOption({ label: texts.as.refunded });
    await page.locator("#record-amount").fill(language === "pl" ? "5,00" : "5.00");
    await page.getByRole("button", { name: words.recordContinue }).click();
    await page.getByText(words.recordRefunded).waitFor();
    expect(await axeInAllColours(page)).toEqual([]);
    await page.getByRole("button", { name: words.recordConfirm, exact: true }).dblclick();
    await page.getByText(words.doneRecord).waitFor();
    expect((await demo.pay.payments.refunds(payment.id)).map(({ amount }) => amount.value)).toEqual([500]);
    const [shop] = await lanes();
    expect(shop).toContain(facts.record);
    expect(shop).toContain(events["refund.succeeded"]);
    // The second click breaks the first one's request off, where that was not answered before.
    const problems = await browser.leave();
    expect(problems.filter((problem) => !problem.endsWith("/record net::ERR_ABORTED"))).toEqual([]);
  });

  // Colours and structure are the same in both languages.
  if (LONG || language === "pl") {
    it("can read every page of the console in light and in dark", async () => {
      const { page } = await operator(language);
      const { id } = await contradicted(page, language);
      const [review] = await demo.pay.reviews.ofPayment(id);
      const pages = ["", `/payments/${id}`, "/reviews", `/reviews/${review!.id}`, "/failing", "/statistics"];
      await expectReadable(
        page,
        pages.map((at) => demo.consoleUrl + at),
      );
    });
  }

  if (LONG || language === "en") {
    it("can read every page of the simulator in light and in dark", async () => {
      const { page } = await operator(language);
      const { order } = buyerOn(page, demo.shopUrl, language);
      for (const each of PROVIDERS) {
        await order(each);
        expect(await axeInAllColours(page)).toEqual([]);
      }
      await contradicted(page, language);
      const { simulator } = demo;
      const known = simulator.payments().find(({ state }) => state === "paid")!.id;
      const pages = ["/", "/exchanges", "/exchanges/1", "/chaos", `/payments/${known}`, `/payments/${known}/chaos`];
      await expectReadable(
        page,
        pages.map((at) => simulator.url + at),
      );
    });
  }

  async function expectReadable(page: Page, addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      await page.goto(address);
      expect({ address, found: await axeInAllColours(page) }).toEqual({ address, found: [] });
    }
  }

  async function search(page: Page, label: string, value: string): Promise<void> {
    await page.goto(demo.consoleUrl);
    await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole("button", { name: words.find }).click();
  }
});

it("whom the console does not know gets 401 and nothing at every address", async () => {
  const page = await browser.visitor({ language: "en" });
  const { id } = await buy(page, "en", "psc");
  // The same server under another host name than the console's.
  const stranger = demo.consoleUrl.replace("127.0.0.1", "localhost");
  const gets = ["", "/style.css", "/live.js", "/events", "/reviews", "/statistics", `/payments/${id}`, "/nowhere"];
  const answers = [
    ...gets.map((path) => fetch(stranger + path)),
    ...[`/payments/${id}/redrive`, "/reviews/rev_1"].map((path) => fetch(stranger + path, { method: "POST" })),
  ];
  for (const answer of await Promise.all(answers)) {
    expect([answer.status, await answer.text()]).toEqual([401, ""]);
  }
  expect((await fetch(demo.consoleUrl)).status).toBe(200);
});

describe("what a gateway or a buyer may have written", () => {
  it("stays text in the browser, wherever it is shown", async () => {
    const page = await browser.visitor({ language: "en" });
    const said: string[] = [];
    page.on("dialog", (dialog) => {
      said.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (new URL(request.url()).pathname.includes("evil")) said.push(request.url());
    });
    const { cards, orderId, psc } = await evilPayments();
    const review = await unrecognizedReview(cards.id);
    await demo.pay.reviews.resolve(review, { action: "note", note: evil("note"), by: evil("by") });

    const evilQuery = encodeURIComponent(evil("query"));
    const addresses = [
      "",
      `?order=${encodeURIComponent(orderId)}`,
      `?id=${evilQuery}&provider=${evilQuery}`,
      `/payments/${cards.id}`,
      `/payments/${psc.id}`,
      "/reviews",
      `/reviews/${review}`,
    ].map((path) => demo.consoleUrl + path);
    const log = [demo.simulator.url, `${demo.simulator.url}/exchanges`];
    const shown: string[] = [];
    for (const address of [...addresses, ...log]) {
      await page.goto(address);
      expect(await page.locator("img, script:not([src]), [onerror], iframe, main b").count()).toBe(0);
      shown.push((await page.locator("body").textContent()) ?? "");
    }
    expect(said).toEqual([]);
    expect(await page.evaluate("'evil' in window")).toBe(false);
    const text = shown.join("\n");
    for (const place of [
      "order",
      "description",
      "status",
      "operator",
      "operator_id",
      "payment_channel",
      "note",
      "by",
    ]) {
      expect(text).toContain(evil(place));
    }
    // The buyer's address is stored nowhere.
    expect(text).not.toContain(evil("email"));
    // An impossible search is answered with 400.
    const problems = await browser.leave();
    expect(problems.filter((problem) => !problem.includes("status of 400"))).toEqual([]);
  });

  /** It would run, open a dialog, or at least be visible if any of its characters were taken for markup. */
  function evil(place: string): string {
    return `</pre>"'><b>${place}</b><img src=/evil onerror="evil=1;alert(1)"><script>evil=1</script>`;
  }

  /** Payments with such texts, and callbacks with such texts from both gateways. */
  async function evilPayments() {
    const orderId = evil("order");
    const [cards, psc] = await Promise.all(
      ["cards", "psc"].map((provider) =>
        demo.pay.checkout({
          providerName: provider,
          orderId,
          amount: money("9.50", "PLN"),
          description: evil("description"),
          returnUrl: `${demo.shopUrl}/thanks`,
          buyer: { ip: "127.0.0.1", email: "buyer@example.com", language: "en" },
        }),
      ),
    );
    const fields = ["status", "operator", "operator_id", "payment_channel", "email"].map((name) => [name, evil(name)]);
    const secret_key = demo.secrets[0]!;
    const isDelivered = (id: string) =>
      fetch(
        `${demo.shopUrl}/pay/callbacks/cards?${new URLSearchParams({ ...Object.fromEntries(fields), id, secret_key })}`,
      );
    await isDelivered(cards!.providerReference!);
    await isDelivered(evil("id"));
    const { details } = demo.simulator.payments().find(({ id }) => id === psc!.providerReference)!;
    const callback = details.kind === "gosetti" ? details.callbackUrl : "";
    for (const Finished of [true, evil("finished")]) {
      const body = JSON.stringify({ PaySafeCardTransactionId: evil("id"), Finished });
      await fetch(callback, { method: "POST", headers: { "content-type": "application/json" }, body });
    }
    return { cards: cards!, orderId, psc: psc! };
  }

  async function unrecognizedReview(id: string): Promise<string> {
    const review = (await demo.pay.reviews.ofPayment(id)).find(({ kind }) => kind === "unrecognized");
    return review!.id;
  }
});
