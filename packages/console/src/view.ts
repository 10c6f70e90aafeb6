import { formatMoney, type Money } from "@pay/core";
import { html } from "hono/html";
import type { Language } from "./language.ts";
import { EN } from "./texts/en.ts";
import { PL } from "./texts/pl.ts";
import type { Texts } from "./texts/texts.ts";

/** What hono's `html` makes: text whose inserted values were escaped. */
export type Markup = ReturnType<typeof html>;

/** Parameters of an address; what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** How one request sees the console: in which language, for whom, and how addresses and times are written. */
export interface View {
  readonly language: Language;
  /** The language where the switch was used, so that links and forms go on with it. */
  readonly lang: Language | undefined;
  readonly texts: Texts;
  readonly operator: string;
  /** For the forms of this answer. */
  readonly token: string;
  readonly timeZone: string;
  /** An address of the console's own, encoded, which keeps the language that was switched to. */
  to(path: string, query?: Query): string;
  time(at: number): Markup;
  /** With milliseconds: what happens around a callback happens within one second. */
  exactTime(at: number): Markup;
}

export interface ViewParts {
  readonly language: Language;
  readonly switched: boolean;
  readonly operator: string;
  readonly token: string;
  readonly basePath: string;
  readonly timeZone: string;
}

const TEXTS: Readonly<Record<Language, Texts>> = { pl: PL, en: EN };
const LOCALES: Readonly<Record<Language, string>> = { pl: "pl-PL", en: "en-GB" };

export function createView({ basePath, language, operator, switched, timeZone, token }: ViewParts): View {
  const lang = switched ? language : undefined;
  const formatOf = (exact: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALES[language], {
      ...({ year: "numeric", month: "2-digit", day: "2-digit" } as const),
      ...({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone } as const),
      ...exact,
    });
  const written = (at: number, format: Intl.DateTimeFormat) =>
    html`<time datetime="${new Date(at).toISOString()}">${format.format(at)}</time>`;
  // Made when first needed: a page writes a hundred times, a style sheet none.
  let format: Intl.DateTimeFormat | undefined;
  let exactFormat: Intl.DateTimeFormat | undefined;
  return {
    language,
    lang,
    texts: TEXTS[language],
    operator,
    token,
    timeZone,
    to: (path, query = {}) => address((path === "/" ? basePath : basePath + path) || "/", { lang, ...query }),
    time(at) {
      format ??= formatOf({});
      return written(at, format);
    },
    exactTime(at) {
      exactFormat ??= formatOf({ fractionalSecondDigits: 3 });
      return written(at, exactFormat);
    },
  };
}

function address(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given as [string, string][]).toString();
  return search === "" ? path : `${path}?${search}`;
}

/** As people write it. What no currency fits, a gateway said: it is shown in minor units rather than not at all. */
export function showMoney(money: Money): string {
  try {
    return `${formatMoney(money)} ${money.currency}`;
  } catch {
    return `${money.value} (${money.currency})`;
  }
}
