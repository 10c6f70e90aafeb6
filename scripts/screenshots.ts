// Takes docs/screenshots/*.png of the running demo: the shop, a payment page, the order's page, the operator's console, the simulator.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type Stage, startDemo } from "../packages/cli/src/demo/stage.ts";
import { TEXTS } from "../packages/cli/src/demo/texts/index.ts";
import { openBrowser } from "../test/browser/support/browser.ts";
import { buyerOn } from "../test/browser/support/buyer.ts";
import { argsOf } from "./flags.ts";
import { ROOT } from "./packages.ts";

const FOLDER = join(ROOT, "docs/screenshots");
const VIEWPORT = { width: 800, height: 600 };
/** For the console's tables. */
const WIDE = { width: 1100, height: 600 };
/** Parts that differ in every run, and their replacements in a picture. */
const CHANCE: readonly (readonly [pattern: string, shown: string])[] = [
  ["demo-[0-9a-f-]{36}", "demo-7c1e4b52"],
  ["(pay|evt|rev)_\\w{8,}", "$1_k3x9m2q7"],
  ["\\b(?=\\w*\\d)[0-9A-Z]{12,}\\b", "K3X9M2Q7V5T1"],
  ["127\\.0\\.0\\.1:\\d+", "127.0.0.1:3000"],
  ["\\b\\d\\d/\\d\\d/20\\d\\d\\b", "26/11/2026"],
  ["Times in \\S+", "Times in UTC"],
  ["\\b20\\d\\d-\\d\\d-\\d\\d\\b", "2026-11-26"],
  ["\\b\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?\\b", "12:00:00"],
];

argsOf("screenshots, without arguments", {});
// The browser writes dates in the machine's language, and the console shows times in its zone.
Object.assign(process.env, { TZ: "UTC", LANG: "C.UTF-8", LANGUAGE: "", LC_ALL: "C.UTF-8" });
mkdirSync(FOLDER, { recursive: true });
const stage = await startDemo();
const browser = await openBrowser();
try {
  const page = await browser.visitor({ language: "en" });
  await page.setViewportSize(VIEWPORT);
  await takeAll(page, stage);
  const problems = await browser.leave();
  if (problems.length > 0) throw new Error(`The pages have problems:\n${problems.join("\n")}`);
} finally {
  await browser.close();
  await stage.close();
}

async function takeAll(page: Page, { consoleUrl, shopUrl, simulator }: Stage): Promise<void> {
  const { order, press, reads } = buyerOn(page, shopUrl, "en");
  const pay = async () => {
    await press("pay");
    await reads(TEXTS.en.paid);
    await page.getByText(TEXTS.en.delivered).waitFor();
  };
  await page.goto(shopUrl);
  await take(page, "shop");
  // For the console: one payment stays open, one is declined, one callback succeeds only the second time, and one payment is paid.
  await order("psc");
  await order("cards");
  await press("decline");
  await reads(TEXTS.en.failed);
  simulator.setChaos({ callbacks: [{ kind: "drop" }] });
  await page.goto(`${simulator.url}/chaos`);
  await take(page, "simulator-chaos");
  await order("cards");
  simulator.setChaos({});
  await pay();
  await page.goto(`${simulator.url}/exchanges`);
  await take(page, "simulator-log");
  await order("cards");
  await take(page, "payment-page");
  await pay();
  await take(page, "order");
  await page.setViewportSize(WIDE);
  await page.goto(consoleUrl);
  await take(page, "console");
  await page.getByRole("link", { name: "pay_" }).first().click();
  await take(page, "console-payment");
}

/** Takes a picture of the whole page, equal in every run. */
async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(`{
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const [pattern, shown] of ${JSON.stringify(CHANCE)}) {
        texts.currentNode.data = texts.currentNode.data.replaceAll(new RegExp(pattern, "g"), shown);
      }
    }
  }`);
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled", caret: "hide" });
  console.log(`docs/screenshots/${name}.png  ${Math.ceil(statSync(path).size / 1024)} KiB`);
}
