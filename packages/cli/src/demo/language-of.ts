import { chooseLanguage, type Language } from "@pay/i18n";
import type { Context } from "hono";

/** The language of a page: the one in its address, then the order's, then the browser's, then English. */
export function languageOf(c: Context, ordered?: Language): Language {
  const acceptLanguage = c.req.header("accept-language");
  return chooseLanguage({ requested: c.req.query("lang"), preset: ordered, acceptLanguage });
}
