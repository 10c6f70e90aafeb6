import { chooseLanguage, type Language } from "@pay/i18n";
import type { Context } from "hono";

/** The language of a page: the one in its address, then the one that the shop requested, then the browser's, then Polish. */
export function requestedLanguage(c: Context, preset: Language | null = null): Language {
  const acceptLanguage = c.req.header("accept-language");
  return chooseLanguage({ requested: c.req.query("lang"), preset, acceptLanguage, fallback: "pl" });
}
