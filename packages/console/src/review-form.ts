import type { AcceptedStatus, PayError, RecordedStatus, Review } from "@pay/core";
import { html } from "hono/html";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

/** The rejected form, and Pay's error about it. */
export interface FormState {
  readonly typed: URLSearchParams;
  readonly error: PayError;
}

interface FormParts {
  readonly review: Review;
  readonly back: string;
  readonly state?: FormState;
}

const STATUSES: Readonly<Partial<Record<Review["kind"], readonly AcceptedStatus[]>>> = {
  unrecognized: ["succeeded", "failed", "pending", "reversed"],
  refund_unknown: ["succeeded", "failed"],
};

/** The form that decides an open review. Enter presses its first button, which is the one with the least effect. */
export function reviewForm(view: View, { back, review, state }: FormParts): Markup {
  const { reviews, words } = view.texts;
  const { id, kind } = review;
  // A refund that Pay cannot name has no outcome to record.
  const hasRefund = kind !== "refund_unknown" || (review as Review<"refund_unknown">).details.refund !== undefined;
  const statuses = hasRefund ? STATUSES[kind] : undefined;
  return html`<form method="post" action="${view.to(`/reviews/${encodeURIComponent(id)}`)}">
          <input type="hidden" name="token" value="${view.token}">
          <input type="hidden" name="back" value="${back}">
          <fieldset>
            <legend>${words.decide}</legend>
            <p>${reviews[kind].accept}</p>
            ${kind === "unmatched" ? ownerChoice(view, review, state) : ""}
            ${statuses === undefined ? "" : statusChoice(view, review, statuses, state)}
            <label for="note-${id}">${words.note}</label>
            <textarea id="note-${id}" name="note" rows="2" maxlength="2000" aria-describedby="note-hint-${id} note-wrong-${id}"${invalid(state, "note")}>${state?.typed.get("note") ?? ""}</textarea>
            <p class="hint" id="note-hint-${id}">${words.noteHint}</p>
            ${wrong(view, review, state, "note")}
            <div class="buttons">
              <button name="action" value="note">${words.addNote}</button>
              <button name="action" value="accept">${words.accept}</button>
              <button name="action" value="dismiss">${words.dismiss}</button>
            </div>
          </fieldset>
        </form>`;
}

function ownerChoice(view: View, review: Review, state: FormState | undefined): Markup {
  const { words } = view.texts;
  const { candidates, id } = review;
  const chosen = state?.typed.get("paymentId");
  const radio = (value: string, text: Markup | string) =>
    html`<label class="choice"><input type="radio" name="paymentId" value="${value}"${value === chosen ? html` checked` : ""}>${text}</label>`;
  const choices = candidates.map((candidate) => radio(candidate, fill(words.candidate, { id: candidate })));
  const links = candidates.map(
    (candidate) =>
      html`<li><a href="${view.to(`/payments/${encodeURIComponent(candidate)}`)}">${fill(words.ofPaymentLink, { id: candidate })}</a></li>`,
  );
  return html`<fieldset>
              <legend>${words.candidates}</legend>
              ${choices}${radio("other", words.otherPayment)}
              <label for="other-${id}">${words.otherPaymentId}</label>
              <input id="other-${id}" name="otherPaymentId" autocomplete="off" value="${state?.typed.get("otherPaymentId") ?? ""}"${invalid(state, "paymentId")} aria-describedby="paymentId-wrong-${id}">
              ${wrong(view, review, state, "paymentId")}
              ${links.length === 0 ? "" : html`<ul>${links}</ul>`}
            </fieldset>`;
}

function statusChoice(view: View, review: Review, statuses: readonly AcceptedStatus[], state?: FormState): Markup {
  const { words } = view.texts;
  const { id, kind } = review;
  const names = outcomesOf(view, kind);
  const chosen = state?.typed.get("as");
  const options = statuses.map(
    (status) => html`<option value="${status}"${status === chosen ? html` selected` : ""}>${names[status]}</option>`,
  );
  return html`<label for="as-${id}">${words.treatAs}</label>
            <select id="as-${id}" name="as"${invalid(state, "as")} aria-describedby="as-wrong-${id}"><option value="">${words.choose}</option>${options}</select>
            ${wrong(view, review, state, "as")}`;
}

/** What a status is called as the outcome that a review of this kind asks for: a refund is not paid, but made. */
export function outcomesOf(
  { texts }: View,
  kind: Review["kind"] | undefined,
): Readonly<Record<AcceptedStatus | RecordedStatus, string>> {
  return kind === "refund_unknown" ? { ...texts.as, ...texts.refundStatus } : texts.as;
}

function invalid(state: FormState | undefined, field: string): Markup | string {
  return state?.error.field === field ? html` aria-invalid="true"` : "";
}

/** Pay's error text, at the field that it names. */
function wrong({ language }: View, { id }: Review, state: FormState | undefined, field: string): Markup {
  const said = state?.error.field === field ? state.error.message : "";
  return html`<p class="wrong" id="${field}-wrong-${id}"${language === "en" ? "" : html` lang="en"`}>${said}</p>`;
}
