/**
 * The languages of Pay's pages, by tag: the language's own name, and the locale that writes its numbers and dates. To add a
 * language, add an entry; the compiler then reports every package that has no texts in it.
 */
export const LANGUAGES = {
  pl: { name: "Polski", locale: "pl-PL" },
  en: { name: "English", locale: "en-GB" },
} as const;

export type Language = keyof typeof LANGUAGES;

/** The tags of all languages, in the order in which pages offer them. */
export const LANGUAGE_TAGS: readonly Language[] = Object.keys(LANGUAGES) as Language[];

/** What a page knows about its visitor's language; the first of these that names a language decides. */
export interface LanguageWishes {
  /** The visitor's choice on the page, usually the parameter `lang` of its address. */
  readonly requested?: string | null | undefined;
  /** The language stored for this page earlier, e.g. with the order. */
  readonly preset?: Language | null | undefined;
  /** The request's `Accept-Language` header. */
  readonly acceptLanguage?: string | null | undefined;
  /** @default "en" */
  readonly fallback?: Language;
}

/**
 * Chooses the language of a page.
 *
 * @example
 * ```ts
 * import { chooseLanguage } from "@pay/i18n";
 *
 * const { headers, url } = new Request("https://shop.example/?lang=pl");
 * const requested = new URL(url).searchParams.get("lang");
 * const language = chooseLanguage({ requested, acceptLanguage: headers.get("accept-language") });
 * ```
 */
export function chooseLanguage({ acceptLanguage, fallback = "en", preset, requested }: LanguageWishes): Language {
  if (isLanguage(requested)) return requested;
  return preset ?? preferredLanguage(acceptLanguage ?? "") ?? fallback;
}

/** True for the tag of a language in {@link LANGUAGES}, written exactly like there. */
export function isLanguage(tag: string | null | undefined): tag is Language {
  return typeof tag === "string" && Object.hasOwn(LANGUAGES, tag);
}

/** The language with the highest weight in the header; of equal weights, the first. Regions are ignored: `pl-PL` is `pl`. */
function preferredLanguage(header: string): Language | undefined {
  return header
    .split(",")
    .map((part) => {
      const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
      const weight = parameters.find((text) => text.startsWith("q="))?.slice(2) ?? "1";
      return { tag: range.split("-")[0], weight: Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag)
    .find(isLanguage);
}
