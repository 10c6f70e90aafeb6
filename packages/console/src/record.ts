import {
  formatMoney,
  isPayError,
  type Money,
  money,
  type Payment,
  type RecordedStatus,
  type RecordRequest,
} from "@pay/core";
import { html } from "hono/html";
import { type Frame, facts, layout } from "./layout.ts";
import { fill } from "./texts/fill.ts";
import type { Word } from "./texts/index.ts";
import type { Markup, View } from "./view.ts";

/** What an operator may record, by the payment's state. A paid payment offers nothing. */
const CHOICES: Readonly<Partial<Record<Payment["state"], readonly RecordedStatus[]>>> = {
  created: ["succeeded", "failed", "canceled"],
  pending: ["succeeded", "failed", "canceled"],
  unknown: ["succeeded", "failed", "canceled"],
  failed: ["succeeded"],
  expired: ["succeeded"],
  canceled: ["succeeded"],
};

const EFFECTS: Readonly<Record<RecordedStatus, Word>> = {
  succeeded: "recordSucceeded",
  failed: "recordFailed",
  canceled: "recordCanceled",
  reversed: "recordFailed",
};

export type RecordField = "as" | "amount" | "note";

/** The form as it was typed, and the error of each invalid field. */
export interface RecordState {
  readonly typed: URLSearchParams;
  readonly wrong: Readonly<Partial<Record<RecordField, Word>>>;
}

/** Reads the form. `request` is absent if a field is wrong; Pay checks the rest. */
export function readRecord(
  payment: Payment,
  typed: URLSearchParams,
  by: string,
): { readonly wrong: RecordState["wrong"]; readonly request?: RecordRequest } {
  const of = (name: string) => (typed.get(name) ?? "").trim();
  const as = CHOICES[payment.state]?.find((choice) => choice === of("as"));
  const amount =
    of("amount") === "" || as !== "succeeded" ? undefined : parseAmount(of("amount"), payment.amount.currency);
  // Browsers end the lines of a text area with CR LF. Pay stores LF.
  const note = of("note").replaceAll("\r\n", "\n");
  const wrong: RecordState["wrong"] = {
    ...(as === undefined && { as: "badRecordAs" }),
    ...(amount === "wrong" && { amount: "badRecordAmount" }),
    ...(note.length > 2000 && { note: "badNote" }),
  };
  if (as === undefined || amount === "wrong" || Object.keys(wrong).length > 0) return { wrong };
  const request: RecordRequest = { as, by, ...(amount && { amount }), ...(note !== "" && { note }) };
  return { wrong, request };
}

/** The sign between thousands, in an amount that has another one before its decimals. */
const GROUPED = /^\d{1,3}([.,])\d{3}(?:\1\d{3})*(?!\1)[.,]\d+$/;

/** Reads `19.99`, `19,99`, `1 999,00` or `1,999.00`. */
export function parseAmount(text: string, currency: string): Money | "wrong" {
  const digits = text.replaceAll(/[\s\u00a0\u202f]/g, "");
  const [, group] = GROUPED.exec(digits) ?? [];
  try {
    return money((group === undefined ? digits : digits.replaceAll(group, "")).replace(",", "."), currency);
  } catch (error) {
    if (isPayError(error)) return "wrong";
    throw error;
  }
}

/** The form to record an outcome, on the page of a payment that is not paid. Enter leads to the confirmation. */
export function recordForm(view: View, payment: Payment, state?: RecordState): Markup | string {
  const { as: statuses, words } = view.texts;
  const choices = CHOICES[payment.state];
  if (choices === undefined) return "";
  const typed = (name: RecordField) => state?.typed.get(name);
  const amount = typed("amount") ?? formatMoney(payment.amount);
  const option = (choice: RecordedStatus) =>
    html`<option value="${choice}"${choice === typed("as") ? html` selected` : ""}>${statuses[choice]}</option>`;
  return html`<h2 id="record">${words.record}</h2>
      <p>${words.recordWhy}</p>
      <form method="post" action="${view.to(`/payments/${encodeURIComponent(payment.id)}/record`)}">
        <input type="hidden" name="token" value="${view.token}">
        <fieldset>
          <legend>${words.recordLegend}</legend>
          <label for="record-as">${words.recordAs}</label>
          <select id="record-as" name="as" aria-describedby="record-as-wrong"${invalid(state, "as")}><option value="">${words.choose}</option>${choices.map(option)}</select>
          ${wrong(view, state, "as")}
          <label for="record-amount">${fill(words.recordAmount, { currency: payment.amount.currency })}</label>
          <input id="record-amount" name="amount" inputmode="decimal" autocomplete="off" value="${amount}" aria-describedby="record-amount-hint record-amount-wrong"${invalid(state, "amount")}>
          <p class="hint" id="record-amount-hint">${words.recordAmountHint}</p>
          ${wrong(view, state, "amount")}
          <label for="record-note">${words.note}</label>
          <textarea id="record-note" name="note" rows="2" maxlength="2000" aria-describedby="record-note-hint record-note-wrong"${invalid(state, "note")}>${typed("note") ?? ""}</textarea>
          <p class="hint" id="record-note-hint">${words.recordNoteHint}</p>
          ${wrong(view, state, "note")}
          <div class="buttons"><button>${words.recordContinue}</button></div>
        </fieldset>
      </form>`;
}

/** Asks once more before anything is recorded: a success cannot be taken back. */
export function confirmPage(
  view: View,
  payment: Payment,
  request: RecordRequest,
  said: Pick<Frame, "problem"> = {},
): Markup {
  const { as: statuses, words } = view.texts;
  const { amount, as, note } = request;
  const path = `/payments/${encodeURIComponent(payment.id)}`;
  const isOther =
    amount !== undefined && (amount.value !== payment.amount.value || amount.currency !== payment.amount.currency);
  const received = amount && formatMoney(amount);
  const hidden = Object.entries({ token: view.token, as, amount: received, note }).map(([name, value]) =>
    value === undefined ? "" : html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const content = html`
      <p>${isOther ? fill(words.recordOtherAmount, { amount: view.money(payment.amount) }) : words[EFFECTS[as]]}</p>
      ${facts([
        [words.payment, payment.id],
        [words.order, payment.orderId],
        [words.amount, view.money(payment.amount)],
        [words.recordAs, statuses[as]],
        [words.receivedAmount, amount && view.money(amount)],
        [words.note, note],
        [words.by, view.operator],
      ])}
      <form method="post" action="${view.to(`${path}/record`)}">
        ${hidden}
        <div class="buttons"><button name="confirm" value="yes">${words.recordConfirm}</button> <a href="${view.to(path)}#record">${words.recordBack}</a></div>
      </form>`;
  return layout(view, { title: words.recordTitle, path, ...said }, content);
}

function invalid(state: RecordState | undefined, field: RecordField): Markup | string {
  return state?.wrong[field] === undefined ? "" : html` aria-invalid="true"`;
}

function wrong({ texts }: View, state: RecordState | undefined, field: RecordField): Markup {
  const word = state?.wrong[field];
  return html`<p class="wrong" id="record-${field}-wrong">${word === undefined ? "" : texts.words[word]}</p>`;
}
