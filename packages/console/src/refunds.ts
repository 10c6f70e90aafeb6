import type { Refund, RefundStatus } from "@pay/core";
import { html } from "hono/html";
import { table } from "./layout.ts";
import type { Story } from "./story.ts";
import { fill } from "./texts/fill.ts";
import type { Word } from "./texts/index.ts";
import type { Markup, View } from "./view.ts";

/** The refund's form as it was typed, and what is wrong with it. */
export interface RefundState {
  readonly typed: URLSearchParams;
  readonly wrong?: Word;
}

/** Refunds whose outcome a person may know before Pay does. While one is requested, the gateway's answer is awaited. */
const RECORDABLE: readonly RefundStatus[] = ["pending", "unknown"];

/** Each refund with its status. One that the gateway did not end has a form to record its outcome. */
export function refundsTable(view: View, { payment, refunds }: Story, state?: RefundState): Markup {
  const { refundStatus, words } = view.texts;
  const heads = [
    words.id,
    words.amount,
    words.status,
    words.origin,
    words.refundProviderReference,
    words.key,
    words.created,
    words.updated,
    words.action,
  ];
  const rows = refunds.map((refund) => {
    const { amount, createdAt, id, key = "", origin, providerReference = "", status, updatedAt } = refund;
    const own = state?.typed.get("refund") === id ? state : undefined;
    return html`<tr>
            <th scope="row" class="id">${id}</th><td class="number">${view.money(amount)}</td>
            <td><span class="state ${status}">${refundStatus[status]}</span></td>
            <td>${origin === "shop" ? words.originShop : words.originGateway}</td><td>${providerReference}</td><td>${key}</td>
            <td>${view.time(createdAt)}</td><td>${view.time(updatedAt)}</td>
            <td>${RECORDABLE.includes(status) ? refundForm(view, payment.id, refund, own) : ""}</td>
          </tr>`;
  });
  return table(words.refundsTable, heads, rows);
}

function refundForm(view: View, paymentId: string, { amount, id }: Refund, state: RefundState | undefined): Markup {
  const { refundStatus, words } = view.texts;
  const option = (as: "succeeded" | "failed") =>
    html`<option value="${as}"${as === state?.typed.get("as") ? html` selected` : ""}>${refundStatus[as]}</option>`;
  const wrong = state?.wrong === undefined ? "" : words[state.wrong];
  const invalid = wrong === "" ? "" : html` aria-invalid="true"`;
  return html`<form method="post" action="${view.to(`/payments/${encodeURIComponent(paymentId)}/refunds`)}">
              <input type="hidden" name="token" value="${view.token}">
              <input type="hidden" name="refund" value="${id}">
              <label for="as-${id}">${words.recordAs}</label>
              <select id="as-${id}" name="as" aria-describedby="wrong-${id}"${invalid}><option value="">${words.choose}</option>${option("succeeded")}${option("failed")}</select>
              <p class="wrong" id="wrong-${id}">${wrong}</p>
              <label for="note-${id}">${words.note}</label>
              <input id="note-${id}" name="note" maxlength="2000" autocomplete="off" value="${state?.typed.get("note") ?? ""}">
              <button aria-label="${fill(words.recordRefundLabel, { amount: view.money(amount) })}">${words.recordRefund}</button>
            </form>`;
}
