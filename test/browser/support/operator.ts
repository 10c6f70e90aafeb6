import type { Page } from "playwright-core";

export { TEXTS as CONSOLE_TEXTS } from "../../../packages/console/src/texts/index.ts";

/** An operator's actions in the console. */
export interface OperatorAt {
  readonly page: Page;
  /** Opens a payment's page. */
  open(payment: { readonly id: string }): Promise<void>;
  /** On a payment's page: the highlighted state of the diagram. */
  lit(): Promise<string>;
  /** On a payment's page: the texts of the timeline in the lanes of shop, Pay and gateway. */
  lanes(): Promise<readonly [shop: string, pay: string, gateway: string]>;
  /** On any page with reviews: their names and states. */
  reviews(): Promise<readonly string[]>;
}

export function operatorOn(page: Page, consoleUrl: string): OperatorAt {
  const lane = async (at: number) =>
    (await page.locator(`table.timeline tbody td:nth-of-type(${at})`).allTextContents()).filter(Boolean).join("\n");
  return {
    page,
    async open({ id }) {
      await page.goto(`${consoleUrl}/payments/${id}`);
    },
    lit: () => page.locator("svg.diagram g.now text").innerHTML(),
    lanes: async () => [await lane(1), await lane(2), await lane(3)],
    reviews: () => page.locator("article.review h3").allTextContents(),
  };
}
