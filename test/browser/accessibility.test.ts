import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Locator, Page } from "playwright-core";
import { ITEMS } from "../../packages/cli/src/demo/items.ts";
import { type Stage, startDemo } from "../../packages/cli/src/demo/stage.ts";
import { TEXTS } from "../../packages/cli/src/demo/texts/index.ts";
import { TEXTS as GATEWAY_TEXTS } from "../../packages/simulator/src/texts/index.ts";
import { axeInAllColours } from "./support/axe.ts";
import { openBrowser, type TestBrowser } from "./support/browser.ts";
import { buyerOn } from "./support/buyer.ts";

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

describe("in light and in dark", () => {
  it("everyone can read the way through a payment", async () => {
    const page = await browser.visitor({ language: "pl" });
    const { order, press, reads } = buyerOn(page, stage.shopUrl, "pl");
    await page.goto(stage.shopUrl);
    expect(await axeInAllColours(page)).toEqual([]);
    await order("psc");
    expect(await axeInAllColours(page)).toEqual([]);
    await press("leave");
    await reads(GATEWAY_TEXTS.pl.hosted.left);
    await page.goto(`${stage.shopUrl}/orders`);
    await reads(TEXTS.pl.waiting);
    expect(await axeInAllColours(page)).toEqual([]);
    await page.getByRole("link", { name: TEXTS.pl.goOn }).click();
    await press("pay");
    await page.getByText(TEXTS.pl.delivered).waitFor();
    expect(await axeInAllColours(page)).toEqual([]);
  });

  it("everyone can read that a payment failed, and that there is no such order", async () => {
    const page = await browser.visitor({ language: "en" });
    const { order, press, reads } = buyerOn(page, stage.shopUrl, "en");
    await page.goto(`${stage.shopUrl}/orders`);
    expect(await axeInAllColours(page)).toEqual([]);
    await order("cards");
    expect(await axeInAllColours(page)).toEqual([]);
    await press("decline");
    await reads(TEXTS.en.failed);
    expect(await axeInAllColours(page)).toEqual([]);
  });
});

describe("with the keyboard alone", () => {
  it("a buyer chooses, orders and pays", async () => {
    const page = await browser.visitor({ language: "en" });
    const { keyboard } = page;
    const { reads } = buyerOn(page, stage.shopUrl, "en");
    const [vip, coins] = ITEMS;
    await page.goto(stage.shopUrl);

    await tabTo(page, page.getByRole("radio", { name: TEXTS.en.items[vip.id] }));
    await keyboard.press("ArrowDown");
    expect(await page.getByRole("radio", { name: TEXTS.en.items[coins!.id] }).isChecked()).toBe(true);
    await tabTo(page, page.getByRole("radio", { name: TEXTS.en.psc }));
    await keyboard.press("ArrowDown");
    await tabTo(page, page.getByLabel(TEXTS.en.email));
    await keyboard.press("ControlOrMeta+A");
    await keyboard.type("keyboard@example.com");
    await tabTo(page, page.getByRole("button", { name: TEXTS.en.buy }));
    await keyboard.press("Enter");

    const pay = page.getByRole("button", { name: GATEWAY_TEXTS.en.hosted.pay, exact: true });
    await pay.waitFor();
    await tabTo(page, pay);
    await keyboard.press("Enter");
    await reads(TEXTS.en.paid);
    await page.getByText(TEXTS.en.delivered).waitFor();
    const [payment] = stage.simulator.payments().slice(-1);
    expect(payment).toMatchObject({ gateway: "sellly", amount: "9.50", details: { email: "keyboard@example.com" } });
  });
});

/** Presses Tab until the element has the focus, and checks that the focus is visible. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element.matches(":focus-visible"))) return;
  }
  throw new Error("It is not reached by pressing Tab.");
}
