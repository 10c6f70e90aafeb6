import type { Language } from "@pay/i18n";
import { html } from "hono/html";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";

export function problemPage(language: Language, title: string, reason: string): Markup {
  return layout({ language, title }, html`<p>${reason}</p>`);
}
