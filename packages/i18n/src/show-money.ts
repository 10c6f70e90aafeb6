import { LANGUAGES, type Language } from "./language.ts";

/** An amount to show. */
export interface AmountToShow {
  /** Decimal text with all decimals of the currency, e.g. `"19.99"`, as `formatMoney` of `@pay/core` returns it. */
  readonly decimal: string;
  /** ISO 4217 code, upper case. */
  readonly currency: string;
}

const DECIMAL = /^\d+(?:\.(\d{1,20}))?$/;
const CURRENCY = /^[A-Z]{3}$/;
/** Creating a format takes far longer than using it, and a page shows many amounts of few currencies. */
const formats = new Map<string, Intl.NumberFormat>();

/**
 * An amount as readers of the language write it, with no-break spaces: `19,99 zł`, `PLN 19.99`.
 *
 * It has as many decimals as the text. Intl's own number of decimals is the one of price tags, which for some currencies is not
 * the one that gateways count in. Text that is not a decimal, and a code that is not three letters, are shown unchanged.
 */
export function showMoney({ currency, decimal }: AmountToShow, language: Language): string {
  const match = DECIMAL.exec(decimal);
  if (match === null || !CURRENCY.test(currency)) return `${decimal} ${currency}`;
  // Formatted as text, because a number would be rounded to 53 bits.
  return formatOf(language, currency, match[1]?.length ?? 0).format(decimal as `${number}`);
}

function formatOf(language: Language, currency: string, decimals: number): Intl.NumberFormat {
  const key = `${language} ${currency} ${decimals}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = new Intl.NumberFormat(LANGUAGES[language].locale, { style: "currency", currency, ...digits });
  formats.set(key, format);
  return format;
}
