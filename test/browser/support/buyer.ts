import type { Language } from "@pay/i18n";
import type { Page } from "playwright-core";
import { TEXTS } from "../../../packages/cli/src/demo/texts/index.ts";
import { TEXTS as GATEWAY_TEXTS } from "../../../packages/simulator/src/texts/index.ts";

/** The gateway: GOSetti.pl's PaySafeCard, or Sellly. */
export const PROVIDERS = ["psc", "cards"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** A buyer's actions, by the texts on the pages. */
export interface Buyer {
  readonly page: Page;
  /** Presses the shop's button. */
  submit(provider: Provider, item?: string): Promise<void>;
  /** Presses the shop's button, and expects the payment page. */
  order(provider: Provider, item?: string): Promise<void>;
  /** Presses a button of the payment page. */
  press(button: "pay" | "decline" | "leave"): Promise<void>;
  /** Presses the button of a buyer who pays and closes the browser. */
  vanish(): Promise<void>;
  /** Resolves when the page has this heading. */
  reads(heading: string): Promise<void>;
}

export function buyerOn(page: Page, shopUrl: string, language: Language): Buyer {
  const shop = TEXTS[language];
  const gateway = GATEWAY_TEXTS[language].hosted;
  async function submit(provider: Provider, item?: string): Promise<void> {
    await page.goto(shopUrl);
    if (item !== undefined) await page.getByRole("radio", { name: item }).check();
    await page.getByRole("radio", { name: shop[provider] }).check();
    await page.getByRole("button", { name: shop.buy }).click();
  }
  const press = (button: "pay" | "decline" | "leave" | "vanish") =>
    page.getByRole("button", { name: gateway[button], exact: true }).click();
  async function reads(heading: string): Promise<void> {
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    // Also waits for styles and scripts, since leaving earlier would abort their requests.
    await page.waitForLoadState();
  }
  return {
    page,
    submit,
    async order(provider, item) {
      await submit(provider, item);
      await page.getByRole("button", { name: gateway.pay, exact: true }).waitFor();
    },
    press,
    async vanish() {
      await press("vanish");
      await reads(gateway.gone);
    },
    reads,
  };
}
