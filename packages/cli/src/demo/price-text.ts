import { formatMoney, type Money } from "@pay/core";
import { type Language, showMoney } from "@pay/i18n";

/** `19,99 zł`, `PLN 19.99`. */
export function priceText(price: Money, language: Language): string {
  return showMoney({ decimal: formatMoney(price), currency: price.currency }, language);
}
