import type { DeliveryStatus, Payment } from "@pay/core";
import { html } from "hono/html";
import { table } from "./layout.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

/** Each delivery with its result. A delivery that was given up has a button to deliver again. */
export function deliveriesTable(view: View, { id }: Payment, deliveries: readonly DeliveryStatus[]): Markup {
  const { texts } = view;
  const { words } = texts;
  if (deliveries.length === 0) return html`<p>${words.noDeliveries}</p>`;
  const heads = [words.handler, words.event, words.status, words.attempts, words.error, words.action];
  const rows = deliveries.map((row) => {
    const { attempts, error = "", handler, status, type } = row;
    return html`<tr>
            <th scope="row">${handler}</th><td><code>${type}</code>: ${texts.events[type]}</td>
            <td><span class="state ${status}">${texts.deliveries[status]}</span></td><td class="number">${attempts}</td>
            <td>${error}</td><td>${status === "dead" ? redriveForm(view, id, row) : ""}</td>
          </tr>`;
  });
  return table(words.deliveriesTable, heads, rows);
}

function redriveForm(view: View, paymentId: string, { eventId, handler, type }: DeliveryStatus): Markup {
  const { words } = view.texts;
  return html`<form method="post" action="${view.to(`/payments/${encodeURIComponent(paymentId)}/redrive`)}">
              <input type="hidden" name="token" value="${view.token}">
              <input type="hidden" name="event" value="${eventId}">
              <input type="hidden" name="handler" value="${handler}">
              <button aria-label="${fill(words.redriveLabel, { handler, event: type })}">${words.redrive}</button>
            </form>`;
}
