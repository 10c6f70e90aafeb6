import { hash } from "node:crypto";
import type { Language } from "@pay/i18n/language";
import type { FormAction } from "../contract/provider.ts";

// Not the form's own method, because a field named "submit" hides it.
const SUBMIT = "HTMLFormElement.prototype.submit.call(document.forms[0])";
const NOTHING_ELSE = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

interface Texts {
  readonly title: string;
  readonly go: string;
  readonly gone: string;
  readonly lost: string;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: "Payment",
    go: "Continue to payment",
    gone: "This payment cannot be started here any more: it is being processed or closed, or the order was paid or changed. Please go back to the shop.",
    lost: "This payment address does not work any more. If you have not paid yet, go back to the shop and start the payment again.",
  },
  pl: {
    title: "Płatność",
    go: "Przejdź do płatności",
    gone: "Tej płatności nie można już tu rozpocząć: jest przetwarzana albo zamknięta, albo zamówienie zostało opłacone lub zmienione. Wróć do sklepu.",
    lost: "Ten adres płatności już nie działa. Jeśli płatność nie została jeszcze wykonana, wróć do sklepu i rozpocznij ją ponownie.",
  },
};

/** A page for the buyer's browser, and the policy it is served with. */
export interface Page {
  readonly status: number;
  readonly html: string;
  readonly policy: string;
}

/** A page that submits the form to the gateway by itself, or by a button where scripts are disabled. */
export function formPage({ fields, url }: FormAction, language: Language): Page {
  const { go, title } = TEXTS[language];
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const form = `<form method="post" action="${escaped(url)}">${inputs.join("")}<button>${go}</button></form>`;
  // The browser also checks this policy where the gateway redirects the buyer, to a host that Pay does not know.
  const targets = url.startsWith("https:") ? "https:" : "http: https:";
  return {
    status: 200,
    html: document(language, title, `${form}<script>${SUBMIT}</script>`),
    policy: `${NOTHING_ELSE}; script-src 'sha256-${hash("sha256", SUBMIT, "base64")}'; form-action ${targets}`,
  };
}

/** The page for a payment whose form must not be posted any more. */
export function gonePage(language: Language): Page {
  return textPage(410, language, "gone");
}

/** The page for a form whose secret is not configured any more. 404 if that secret also signed the address, which nothing proves then. */
export function lostPage(status: 404 | 410, language: Language): Page {
  return textPage(status, language, "lost");
}

function textPage(status: number, language: Language, name: "gone" | "lost"): Page {
  const { [name]: text, title } = TEXTS[language];
  return { status, html: document(language, title, `<p>${text}</p>`), policy: NOTHING_ELSE };
}

/** Loaded with the first page, because a shop whose gateways need no form never uses it. */
export async function languageOf(acceptLanguage: string | null): Promise<Language> {
  const { chooseLanguage } = await import("@pay/i18n/language");
  return chooseLanguage({ acceptLanguage });
}

function document(language: Language, title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`;
  return `<!doctype html><html lang="${language}"><head>${head}</head><body><main>${body}</main></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
