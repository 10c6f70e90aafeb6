import type { DeliveryStatus, FailingDelivery, Payment } from "@pay/core";
import { html } from "hono/html";
import { table } from "./layout.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

/** Each delivery with its result. A delivery that failed has a button to deliver again. */
export function deliveriesTable(view: View, { id }: Payment, deliveries: readonly DeliveryStatus[]): Markup {
  const { texts } = view;
  const { words } = texts;
  if (deliveries.length === 0) return html`<p>${words.noDeliveries}</p>`;
  const heads = [
    words.handler,
    words.event,
    words.status,
    words.attempts,
    words.error,
    words.nextAttempt,
    words.action,
  ];
  const rows = deliveries.map((row) => {
    const { attempts, error = "", handler, nextAttemptAt, status, type } = row;
    return html`<tr>
            <th scope="row">${handler}</th><td><code>${type}</code>: ${texts.events[type]}</td>
            <td><span class="state ${status}">${texts.deliveries[status]}</span></td><td class="number">${attempts}</td>
            <td>${error}</td><td>${nextAttemptAt === undefined ? "" : view.time(nextAttemptAt)}</td>
            <td>${error === "" ? "" : redriveForm(view, `/payments/${encodeURIComponent(id)}/redrive`, row)}</td>
          </tr>`;
  });
  return table(words.deliveriesTable, heads, rows, "deliveries");
}

/** A button that has the delivery attempted now, if it waits or was given up. */
export function redriveForm(view: View, path: string, row: DeliveryStatus & Partial<FailingDelivery>): Markup | string {
  const { eventId, handler, payment, review, status, type } = row;
  if (status !== "due" && status !== "dead") return "";
  const { words } = view.texts;
  const label = fill(words.redriveLabel, { handler, event: payment ? `${type}, ${payment.orderId}` : type });
  return html`<form method="post" action="${view.to(path)}">
              <input type="hidden" name="token" value="${view.token}">
              <input type="hidden" name="about" value="${payment?.id ?? review ?? ""}">
              <input type="hidden" name="event" value="${eventId}">
              <input type="hidden" name="handler" value="${handler}">
              <button aria-label="${label}">${words.redrive}</button>
            </form>`;
}
