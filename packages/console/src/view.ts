import { formatMoney, type Money } from "@pay/core";
import { type Language, showMoney, showTime } from "@pay/i18n";
import { html } from "hono/html";
import { TEXTS, type Texts } from "./texts/index.ts";

/** The return type of hono's `html`: text in which inserted values are escaped. */
export type Markup = ReturnType<typeof html>;

/** Parameters of an address. Undefined and empty ones are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** The console as one request sees it: language, operator, and the form of addresses, amounts and times. */
export interface View {
  readonly language: Language;
  /** The language that the address names, so that links and forms keep it. */
  readonly lang: Language | undefined;
  readonly texts: Texts;
  readonly operator: string;
  /** The token for the forms of this page. */
  readonly token: string;
  readonly timeZone: string;
  /** How many deliveries fail, if that is known. */
  readonly failing: number | undefined;
  /** An address of the console, encoded, which keeps the language of this page's address. */
  to(path: string, query?: Query): string;
  money(amount: Money): string;
  /** @param at Unix milliseconds */
  time(at: number): Markup;
  /** With milliseconds, because a callback and its effects happen within one second. */
  exactTime(at: number): Markup;
}

export interface ViewParts {
  readonly language: Language;
  /** True if the address names the language. */
  readonly switched: boolean;
  readonly operator: string;
  readonly token: string;
  readonly basePath: string;
  readonly timeZone: string;
  readonly failing?: number | undefined;
}

export function createView({ basePath, failing, language, operator, switched, timeZone, token }: ViewParts): View {
  const lang = switched ? language : undefined;
  const shown = (at: number, milliseconds: boolean) =>
    html`<time datetime="${new Date(at).toISOString()}">${showTime(at, { language, timeZone, milliseconds })}</time>`;
  return {
    language,
    lang,
    texts: TEXTS[language],
    operator,
    token,
    timeZone,
    failing,
    to: (path, query = {}) => address((path === "/" ? basePath : basePath + path) || "/", { lang, ...query }),
    money: (amount) => moneyText(amount, language),
    time: (at) => shown(at, false),
    exactTime: (at) => shown(at, true),
  };
}

function address(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given as [string, string][]).toString();
  return search === "" ? path : `${path}?${search}`;
}

/** A gateway can report an amount in a currency that Pay does not know: it is shown in minor units. */
function moneyText(amount: Money, language: Language): string {
  try {
    return showMoney({ decimal: formatMoney(amount), currency: amount.currency }, language);
  } catch {
    return `${amount.value} (${amount.currency})`;
  }
}
