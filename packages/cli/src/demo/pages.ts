import { randomUUID } from "node:crypto";
import type { Payment } from "@pay/core";
import type { Language } from "@pay/i18n";
import { html } from "hono/html";
import { ITEMS, type Item } from "./items.ts";
import { type Links, layout, type Markup } from "./layout.ts";
import { isFinal, type OrderState, orderState } from "./order-state.ts";
import type { Order } from "./orders.ts";
import { priceText } from "./price-text.ts";
import { TEXTS } from "./texts/index.ts";

/** The parts that all pages share. */
export interface View {
  readonly language: Language;
  readonly links: Links;
}

/** The shop's first page: three items, two payment methods, and the orders of this browser. */
export function shopPage(view: View, orders: readonly Order[]): Markup {
  const { language } = view;
  const t = TEXTS[language];
  return layout(
    { ...view, title: t.choose },
    html`<h1>${t.choose}</h1>
      <form method="post" action="/buy?lang=${language}">
        <fieldset><legend>${t.item}</legend>${ITEMS.map((item, at) => itemChoice(item, at === 0, language))}</fieldset>
        ${payFields(language, t.buy)}
      </form>
      ${orders.length === 0 ? "" : orderList(orders, language)}`,
  );
}

/** The page of an order, to which its buyer returns. It updates itself until the order is final. */
export function orderPage(view: View, order: Order, payments: readonly Payment[]): Markup {
  const { language } = view;
  const t = TEXTS[language];
  const state = orderState(payments);
  const events = isFinal(order, state) ? {} : { events: `/orders/${order.id}/events?lang=${language}` };
  return layout(
    { ...view, title: t[state], ...events },
    html`<div id="status" role="status"><h1>${t[state]}</h1><p>${explanation(order, state, language)}</p></div>
      <div id="details">
        ${details(order, payments, language)}
        ${nextStep(order, state, language)}
        <p><a href="/?lang=${language}">${t.back}</a></p>
      </div>`,
  );
}

/** A page with a message only. */
export function messagePage(view: View, title: string, text: string): Markup {
  const { language } = view;
  return layout(
    { ...view, title },
    html`<h1>${title}</h1><p>${text}</p><p><a href="/?lang=${language}">${TEXTS[language].back}</a></p>`,
  );
}

function itemChoice({ id, price }: Item, isChosen: boolean, language: Language): Markup {
  const checked = isChosen ? "checked" : "";
  return html`<label><input type="radio" name="item" value="${id}" ${checked}> <span>${TEXTS[language].items[id]}</span> <span>${priceText(price, language)}</span></label>`;
}

/** With the key, pressing the button twice finds the same payment. */
function payFields(language: Language, button: string): Markup {
  const t = TEXTS[language];
  return html`<input type="hidden" name="key" value="${randomUUID()}">
    <fieldset>
      <legend>${t.method}</legend>
      <label><input type="radio" name="provider" value="psc" checked> <span>${t.psc}</span></label>
      <label><input type="radio" name="provider" value="cards"> <span>${t.cards}</span></label>
    </fieldset>
    <label>${t.email} <input type="email" name="email" value="buyer@example.com" autocomplete="email" required></label>
    <button>${button}</button>`;
}

function orderList(orders: readonly Order[], language: Language): Markup {
  const links = orders.map(
    ({ id, item }) =>
      html`<li><a href="/orders/${id}?lang=${language}">${TEXTS[language].items[item.id]}</a> (${id})</li>`,
  );
  return html`<h2>${TEXTS[language].yours}</h2><ul>${links}</ul>`;
}

function explanation(order: Order, state: OrderState, language: Language): string {
  const t = TEXTS[language];
  if (state === "waiting") return t.waitingWhy;
  if (state !== "paid") return t.failedWhy;
  return isFinal(order, state) ? t.delivered : t.delivering;
}

function details({ id, item, deliveredOn }: Order, payments: readonly Payment[], language: Language): Markup {
  const t = TEXTS[language];
  const paid = payments.map(
    ({ providerName, state }) => html`<li>${methodName(providerName, language)}: ${t.states[state]}</li>`,
  );
  const goods = deliveredOn.map((event) => html`<li>${t.items[item.id]} (${event})</li>`);
  return html`<dl>
      <dt>${t.item}</dt><dd>${t.items[item.id]}</dd>
      <dt>${t.price}</dt><dd>${priceText(item.price, language)}</dd>
      <dt>${t.order}</dt><dd>${id}</dd>
      ${paid.length === 0 ? "" : html`<dt>${t.payments}</dt><dd><ul>${paid}</ul></dd>`}
      ${goods.length === 0 ? "" : html`<dt>${t.goods}</dt><dd><ul>${goods}</ul></dd>`}
    </dl>`;
}

function nextStep(order: Order, state: OrderState, language: Language): Markup {
  const t = TEXTS[language];
  if (state === "paid") return html``;
  if (state !== "waiting") {
    return html`<form method="post" action="/orders/${order.id}/pay?lang=${language}">${payFields(language, t.retry)}</form>`;
  }
  return order.payAt === undefined ? html`` : html`<p><a class="button" href="${order.payAt}">${t.goOn}</a></p>`;
}

function methodName(providerName: string, language: Language): string {
  return providerName === "psc" || providerName === "cards" ? TEXTS[language][providerName] : providerName;
}
