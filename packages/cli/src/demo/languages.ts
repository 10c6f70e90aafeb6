import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { Language } from "./texts.ts";

/** A language asked for by the page's switch, else the one the order was placed in, else the browser's, else English. */
export function languageOf(c: Context, ordered?: Language): Language {
  const asked = c.req.query("lang");
  if (isLanguage(asked)) return asked;
  if (ordered !== undefined) return ordered;
  const preferred = accepts(c, {
    header: "Accept-Language",
    supports: ["pl", "en"],
    default: "en",
    // pl-PL is Polish, too; what is wanted most comes first.
    match: (wanted, { supports, default: otherwise }) =>
      wanted.map(({ type }) => type.slice(0, 2).toLowerCase()).find((tag) => supports.includes(tag)) ?? otherwise,
  });
  return isLanguage(preferred) ? preferred : "en";
}

function isLanguage(text: string | undefined): text is Language {
  return text === "pl" || text === "en";
}
