import { isPayError, type PayError, type PayErrorCode } from "@pay/core";
import { html } from "hono/html";
import type { Markup, View } from "./view.ts";

const STATUSES: Readonly<Partial<Record<PayErrorCode, 400 | 404 | 409 | 503>>> = {
  INVALID_REQUEST: 400,
  NOT_FOUND: 404,
  REVIEW_CLOSED: 409,
  STORE_UNAVAILABLE: 503,
  NOT_STARTED: 503,
};

export function statusOf(error: PayError): 400 | 404 | 409 | 500 | 503 {
  return STATUSES[error.code] ?? 500;
}

/** A PayError as a text in the operator's language, then its code and its own message, which names fields and never values. */
export function problemText({ texts, language }: View, error: PayError): Markup {
  const own = language === "en" ? html`${error.message}` : html`<span lang="en">${error.message}</span>`;
  return html`<p>${texts.errors[error.code] ?? texts.otherError}</p><p><code>${error.code}</code> ${own}</p>`;
}

/** The part of an error that may be logged. Its message may quote anything. */
export function className(error: unknown): string {
  if (isPayError(error)) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
