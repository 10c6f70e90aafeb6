import { formatMoney, type Money, money } from "@pay/core";
import type { Language } from "./texts.ts";

export interface Item {
  readonly id: string;
  readonly name: Readonly<Record<Language, string>>;
  readonly price: Money;
}

const VIP: Item = {
  id: "vip",
  name: { pl: "VIP na 30 dni", en: "VIP for 30 days" },
  price: money("19.99", "PLN"),
};

/** What the shop sells. The first is chosen unless the buyer chooses another. */
export const ITEMS: readonly [Item, ...Item[]] = [
  VIP,
  { id: "coins", name: { pl: "1000 złotych monet", en: "1,000 gold coins" }, price: money("9.50", "PLN") },
  { id: "dragon", name: { pl: "Smok bojowy", en: "Battle dragon" }, price: money("49.00", "PLN") },
];

/** An amount as people of a language write it: `19,99 zł`, `PLN 19.99`. */
export function priceText(price: Money, language: Language): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency: price.currency });
  // As text it is formatted exactly; a number would be rounded on the way.
  return format.format(formatMoney(price) as `${number}`);
}
