import { isPayError, type PayError, type PayErrorCode } from "@pay/core";
import { html } from "hono/html";
import type { Markup, View } from "./view.ts";

/** 5xx only where the shop is at fault: a proxy takes a server that answers 5xx for dead. */
const STATUSES: Readonly<Record<PayErrorCode, 400 | 404 | 409 | 500 | 503>> = {
  INVALID_REQUEST: 400,
  INVALID_AMOUNT: 400,
  MALFORMED: 400,
  NOT_FOUND: 404,
  REVIEW_CLOSED: 409,
  ALREADY_SUCCEEDED: 409,
  ORDER_ALREADY_PAID: 409,
  SUPERSEDED: 409,
  IDEMPOTENCY_CONFLICT: 409,
  IN_PROGRESS: 409,
  NOT_REFUNDABLE: 409,
  REFUND_EXCEEDS_PAYMENT: 409,
  CREATE_REJECTED: 409,
  REFUND_REJECTED: 409,
  CANCEL_REJECTED: 409,
  OUTCOME_UNKNOWN: 409,
  PROVIDER_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  STORE_INCOMPATIBLE: 503,
  NOT_STARTED: 503,
  INVALID_CONFIG: 500,
};

export function statusOf(error: PayError): 400 | 404 | 409 | 500 | 503 {
  return STATUSES[error.code];
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
