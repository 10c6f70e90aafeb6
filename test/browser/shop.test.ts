import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { ITEMS } from "../../packages/cli/src/demo/items.ts";
import { type Stage, startDemo } from "../../packages/cli/src/demo/stage.ts";
import { TEXTS } from "../../packages/cli/src/demo/texts/index.ts";
import { TEXTS as GATEWAY_TEXTS } from "../../packages/simulator/src/texts/index.ts";
import { openBrowser, type TestBrowser, type VisitorOptions } from "./support/browser.ts";
import { type Buyer, buyerOn, PROVIDERS } from "./support/buyer.ts";

let stage: Stage;
let browser: TestBrowser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([startDemo(), openBrowser()]);
});

afterEach(async () => {
  expect(await browser.leave()).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  await stage.close();
});

async function buyer(options: VisitorOptions): Promise<Buyer> {
  return buyerOn(await browser.visitor(options), stage.shopUrl, options.language);
}

/** The newest payment, as its gateway has it. */
const newestPayment = () => stage.simulator.payments().at(-1)!;
const [, coins, dragon] = ITEMS;

describe("a buyer", () => {
  const everywhere = (["pl", "en"] as const).flatMap((language) => PROVIDERS.map((each) => [language, each] as const));
  /** Each language and each gateway once. */
  const inTurn = [
    ["pl", "psc"],
    ["en", "cards"],
  ] as const;

  it.each(everywhere)("who reads %s buys through %s and gets the goods once", async (language, provider) => {
    const text = TEXTS[language];
    const { order, page, press, reads } = await buyer({ language });
    await order(provider, TEXTS[language].items[dragon!.id]);
    await press("pay");
    await reads(text.paid);
    await page.getByText(text.delivered).waitFor();
    const goods = page.getByRole("listitem").filter({ hasText: TEXTS[language].items[dragon!.id] });
    expect(await goods.count()).toBe(1);
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    const { amount, state } = newestPayment();
    expect([state, Number(amount)]).toEqual(["paid", 49]);
  });

  it.each(inTurn)(
    "who reads %s is told that %s declined the payment, and pays once more",
    async (language, provider) => {
      const text = TEXTS[language];
      const { order, page, press, reads } = await buyer({ language });
      await order(provider, TEXTS[language].items[coins!.id]);
      await press("decline");
      await reads(text.failed);
      await page.getByRole("button", { name: text.retry }).click();
      await press("pay");
      await reads(text.paid);
      await page.getByText(text.delivered).waitFor();
    },
  );

  it.each(inTurn)("who reads %s leaves the page of %s, and finds the way back to it", async (language, provider) => {
    const text = TEXTS[language];
    const { order, page, press, reads } = await buyer({ language });
    await order(provider);
    await press("leave");
    // Only Sellly has a return address for a buyer who did not pay.
    await reads(provider === "psc" ? GATEWAY_TEXTS[language].hosted.left : text.waiting);
    await page.goto(stage.shopUrl);
    await page.getByRole("link", { name: TEXTS[language].items[ITEMS[0].id] }).click();
    await reads(text.waiting);
    await page.getByRole("link", { name: text.goOn }).click();
    await press("pay");
    await reads(text.paid);
  });

  it("changes the language, which then stays", async () => {
    const { page, reads } = await buyer({ language: "pl" });
    await page.goto(stage.shopUrl);
    await page.getByRole("link", { name: "English" }).click();
    await reads(TEXTS.en.choose);
    await page.getByRole("button", { name: TEXTS.en.buy }).click();
    await page.getByRole("button", { name: GATEWAY_TEXTS.pl.hosted.decline }).click();
    await reads(TEXTS.en.failed);
  });
});

describe("the page of an order", () => {
  it.each(PROVIDERS)("shows by itself that the callback of %s came", async (provider) => {
    const { order, page, reads } = await buyer({ language: "pl" });
    await order(provider);
    // The return address of Sellly's buyers; it names no payment.
    await page.goto(`${stage.shopUrl}/orders`);
    await reads(TEXTS.pl.waiting);
    await page.evaluate("window.isStillTheSame = true");
    await stage.simulator.act(newestPayment().id, "pay");
    await reads(TEXTS.pl.paid);
    await page.getByText(TEXTS.pl.delivered).waitFor();
    expect(await page.title()).toContain(TEXTS.pl.paid);
    expect(await page.evaluate("window.isStillTheSame")).toBe(true);
    expect(await page.getByRole("link", { name: TEXTS.pl.goOn }).count()).toBe(0);
  });

  it("looks again by loading itself anew where there is no script", async () => {
    const { order, page, reads } = await buyer({ language: "pl", script: false });
    await order("cards");
    await page.goto(`${stage.shopUrl}/orders`);
    await reads(TEXTS.pl.waiting);
    expect(await page.locator('meta[http-equiv="refresh"]').count()).toBe(1);
  });

  it("is not shown to another browser", async () => {
    const { order, page, press } = await buyer({ language: "en" });
    await order("psc");
    await press("pay");
    await page.getByText(TEXTS.en.delivered).waitFor();
    const stranger = await buyer({ language: "en" });
    await stranger.page.goto(`${stage.shopUrl}/orders`);
    await stranger.reads(TEXTS.en.thanks);
  });
});
