import { randomUUID } from "node:crypto";
import {
  formatMoney,
  isPayError,
  type Money,
  money,
  type PayError,
  type Payment,
  type RecordedStatus,
  type RecordRequest,
  sameMoney,
} from "@pay/core";
import { html } from "hono/html";
import { type Frame, facts, layout } from "./layout.ts";
import type { Story } from "./story.ts";
import { fill } from "./texts/fill.ts";
import type { Word } from "./texts/index.ts";
import type { Markup, View } from "./view.ts";

const UNPAID: readonly RecordedStatus[] = ["succeeded", "failed", "canceled"];

/** What an operator may record, by the payment's state. */
const CHOICES: Readonly<Record<Payment["state"], readonly RecordedStatus[]>> = {
  created: UNPAID,
  pending: UNPAID,
  unknown: UNPAID,
  failed: ["succeeded"],
  expired: ["succeeded"],
  canceled: ["succeeded"],
  succeeded: ["refunded", "reversed"],
};

const EFFECTS: Readonly<Record<RecordedStatus, Word>> = {
  succeeded: "recordSucceeded",
  failed: "recordFailed",
  canceled: "recordCanceled",
  refunded: "recordRefunded",
  reversed: "recordReversed",
};

/** The words of the form about a payment that is not paid, and of the one about money that went back. */
const OUTCOME = { title: "record", why: "recordWhy", amount: "recordAmount", hint: "recordAmountHint" } as const;
const RETURN = { title: "recordReturn", why: "returnWhy", amount: "returnAmount", hint: "returnAmountHint" } as const;

export type RecordField = "as" | "amount" | "reference" | "note";

/** The form as it was typed, and the error of each invalid field. */
export interface RecordState {
  readonly typed: URLSearchParams;
  readonly wrong: Readonly<Partial<Record<RecordField, Word>>>;
}

/** True if the form was for a payment that was not paid yet, and by now is. */
export function isTooLate({ state }: Payment, typed: URLSearchParams): boolean {
  return state === "succeeded" && UNPAID.some((choice) => choice === typed.get("as"));
}

/** Reads the form. `request` is absent if a field is wrong; Pay checks the rest. */
export function readRecord(
  payment: Payment,
  typed: URLSearchParams,
  by: string,
): { readonly wrong: RecordState["wrong"]; readonly request?: RecordRequest } {
  const of = (name: string) => (typed.get(name) ?? "").trim();
  const as = CHOICES[payment.state].find((choice) => choice === of("as"));
  const amount = of("amount") === "" ? undefined : parseAmount(of("amount"), payment.amount.currency);
  const reference = of("reference");
  // Browsers end the lines of a text area with CR LF. Pay stores LF.
  const note = of("note").replaceAll("\r\n", "\n");
  const wrongAmount = as && wrongAmountOf(as, amount);
  const wrong: RecordState["wrong"] = {
    ...(as === undefined && { as: "badRecordAs" }),
    ...(wrongAmount !== undefined && { amount: wrongAmount }),
    ...(as === "refunded" && reference.length > 200 && { reference: "badReference" }),
    ...(note.length > 2000 && { note: "badNote" }),
  };
  if (as === undefined || amount === "wrong" || Object.keys(wrong).length > 0) return { wrong };
  const person = { by, ...(note !== "" && { note }) };
  if (as !== "refunded") {
    return { wrong, request: { as, ...(as === "succeeded" && amount && { amount }), ...person } };
  }
  if (amount === undefined) return { wrong };
  // The page that asks once more carries the key, so pressing its button twice counts one refund.
  const idempotencyKey = of("key") || randomUUID();
  const named = reference !== "" && { refundProviderReference: reference };
  return { wrong, request: { as, amount, idempotencyKey, ...named, ...person } };
}

function wrongAmountOf(as: RecordedStatus, amount: Money | "wrong" | undefined): Word | undefined {
  switch (as) {
    case "succeeded":
      return amount === "wrong" ? "badRecordAmount" : undefined;
    case "refunded":
      return amount === "wrong" || amount === undefined ? "badReturnAmount" : undefined;
    case "reversed":
      return amount === undefined ? undefined : "reversedIsAll";
    default:
      // The form offers the payment's own amount, whatever is chosen.
      return undefined;
  }
}

/** What is wrong with a refund that Pay refused to add, at its amount. */
export function wrongOfRefund({ code, field }: PayError): RecordState["wrong"] {
  if (code === "REFUND_EXCEEDS_PAYMENT") return { amount: "tooMuch" };
  return field === "refund" ? { amount: "refundUnderWay" } : {};
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

/** The form to record what the operator knows, on the page of a payment. Enter leads to the confirmation. */
export function recordForm(view: View, { history, payment }: Story, state?: RecordState): Markup | string {
  const { as: statuses, words } = view.texts;
  const isPaid = payment.state === "succeeded";
  if (isPaid && history.some(isReversal)) return "";
  const form = isPaid ? RETURN : OUTCOME;
  const typed = (name: RecordField) => state?.typed.get(name);
  const amount = typed("amount") ?? (isPaid ? "" : formatMoney(payment.amount));
  const option = (choice: RecordedStatus) =>
    html`<option value="${choice}"${choice === typed("as") ? html` selected` : ""}>${statuses[choice]}</option>`;
  return html`<h2 id="record">${words[form.title]}</h2>
      <p>${words[form.why]}</p>
      <form method="post" action="${view.to(`/payments/${encodeURIComponent(payment.id)}/record`)}">
        <input type="hidden" name="token" value="${view.token}">
        <fieldset>
          <legend>${words.recordLegend}</legend>
          <label for="record-as">${words.recordAs}</label>
          <select id="record-as" name="as" aria-describedby="record-as-wrong"${invalid(state, "as")}><option value="">${words.choose}</option>${CHOICES[payment.state].map(option)}</select>
          ${wrong(view, state, "as")}
          <label for="record-amount">${fill(words[form.amount], { currency: payment.amount.currency })}</label>
          <input id="record-amount" name="amount" inputmode="decimal" autocomplete="off" value="${amount}" aria-describedby="record-amount-hint record-amount-wrong"${invalid(state, "amount")}>
          <p class="hint" id="record-amount-hint">${words[form.hint]}</p>
          ${wrong(view, state, "amount")}
          ${isPaid ? referenceField(view, state) : ""}
          <label for="record-note">${words.note}</label>
          <textarea id="record-note" name="note" rows="2" maxlength="2000" aria-describedby="record-note-hint record-note-wrong"${invalid(state, "note")}>${typed("note") ?? ""}</textarea>
          <p class="hint" id="record-note-hint">${words.recordNoteHint}</p>
          ${wrong(view, state, "note")}
          <div class="buttons"><button>${words.recordContinue}</button></div>
        </fieldset>
      </form>`;
}

/** True if it took the payment's money back: a reversal in doubt opens a review of another kind, and takes none. */
function isReversal({ fact, reviews }: Story["history"][number]): boolean {
  return fact.kind === "reversed" && reviews.includes("reversed");
}

function referenceField(view: View, state: RecordState | undefined): Markup {
  const { words } = view.texts;
  return html`<label for="record-reference">${words.refundProviderReference}</label>
          <input id="record-reference" name="reference" maxlength="200" autocomplete="off" value="${state?.typed.get("reference") ?? ""}" aria-describedby="record-reference-hint record-reference-wrong"${invalid(state, "reference")}>
          <p class="hint" id="record-reference-hint">${words.returnReferenceHint}</p>
          ${wrong(view, state, "reference")}`;
}

/** Asks once more before anything is recorded: a success, or money that went back, cannot be taken back. */
export function confirmPage(
  view: View,
  payment: Payment,
  request: RecordRequest,
  said: Pick<Frame, "problem"> = {},
): Markup {
  const { as: statuses, words } = view.texts;
  const { amount, as, note } = request;
  const { idempotencyKey: key, refundProviderReference: reference } = request.as === "refunded" ? request : {};
  const path = `/payments/${encodeURIComponent(payment.id)}`;
  const isOther = as === "succeeded" && amount !== undefined && !sameMoney(amount, payment.amount);
  const fields = { token: view.token, as, amount: amount && formatMoney(amount), reference, key, note };
  const hidden = Object.entries(fields).map(([name, value]) =>
    value === undefined ? "" : html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const content = html`
      <p>${isOther ? fill(words.recordOtherAmount, { amount: view.money(payment.amount) }) : words[EFFECTS[as]]}</p>
      ${facts([
        [words.payment, payment.id],
        [words.order, payment.orderId],
        [words.amount, view.money(payment.amount)],
        [words.recordAs, statuses[as]],
        [as === "refunded" ? words.returnedAmount : words.receivedAmount, amount && view.money(amount)],
        [words.refundProviderReference, reference],
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
