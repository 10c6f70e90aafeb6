import { hash } from "node:crypto";
import type { FormAction } from "../contract/provider.ts";

// Not the form's own `submit`, which a field of that name hides.
const SUBMIT = "HTMLFormElement.prototype.submit.call(document.forms[0])";
const NOTHING_ELSE = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const TEXTS = {
  en: {
    title: "Payment",
    go: "Continue to the payment",
    gone: "This payment page was opened before, or the payment is closed. Please start again in the shop.",
  },
  pl: {
    title: "Płatność",
    go: "Przejdź do płatności",
    gone: "Ta strona płatności została już otwarta albo płatność jest zamknięta. Zacznij od nowa w sklepie.",
  },
} as const;

/** A page for the buyer's browser, and its content security policy. */
export interface Page {
  readonly status: number;
  readonly html: string;
  readonly policy: string;
}

/** Posts the form by script; without scripts, by a button. */
export function formPage({ fields, url }: FormAction, languages: string | null): Page {
  const { go, title, lang } = textsFor(languages);
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const form = `<form method="post" action="${escaped(url)}">${inputs.join("")}<button>${go}</button></form>`;
  // The browser applies this policy to the gateway's redirects too, whose targets are unknown.
  const targets = url.startsWith("https:") ? "https:" : "http: https:";
  return {
    status: 200,
    html: document(lang, title, `${form}<script>${SUBMIT}</script>`),
    policy: `${NOTHING_ELSE}; script-src 'sha256-${hash("sha256", SUBMIT, "base64")}'; form-action ${targets}`,
  };
}

/** For a form that was served before, or a payment that is not open any more. */
export function gonePage(languages: string | null): Page {
  const { gone, title, lang } = textsFor(languages);
  return { status: 410, html: document(lang, title, `<p>${gone}</p>`), policy: NOTHING_ELSE };
}

function document(lang: string, title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`;
  return `<!doctype html><html lang="${lang}"><head>${head}</head><body><main>${body}</main></body></html>`;
}

/** Polish if the browser prefers it to English. */
function textsFor(languages: string | null) {
  const wanted = (languages ?? "").toLowerCase().match(/\b(?:pl|en)\b/)?.[0];
  return wanted === "pl" ? { lang: "pl", ...TEXTS.pl } : { lang: "en", ...TEXTS.en };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
