import { LANGUAGES, type Language } from "./language.ts";

/** A number as readers of the language write it; the options are those of `Intl.NumberFormat`, e.g. for percents and units. */
export function showNumber(value: number, language: Language, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(LANGUAGES[language].locale, options).format(value);
}
