import { type Money, money } from "@pay/core";
import type { Texts } from "./texts/index.ts";

export interface Item {
  /** Its name is in the texts of each language. */
  readonly id: keyof Texts["items"];
  readonly price: Money;
}

/** The shop's items. The first is preselected. */
export const ITEMS: readonly [Item, ...Item[]] = [
  { id: "vip", price: money("19.99", "PLN") },
  { id: "coins", price: money("9.50", "PLN") },
  { id: "dragon", price: money("49.00", "PLN") },
];
