import { randomUUID } from "node:crypto";
import type { Payment } from "@pay/core";
import { html } from "hono/html";
import { ITEMS, type Item, priceText } from "./items.ts";
import { type Links, layout, type Markup } from "./layout.ts";
import { isFinal, type OrderState, orderState } from "./order-state.ts";
import type { Order } from "./orders.ts";
import { type Language, TEXTS } from "./texts.ts";

/** What every page needs to know. */
export interface View {
  readonly language: Language;
  readonly links: Links;
}

/** Where the shop begins: three items, two ways to pay, and the orders of this browser. */
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

/** The page of an order, and where its buyer comes back to. While anything is open it keeps itself up to date. */
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

/** Something else to say than an order. */
export function messagePage(view: View, title: string, text: string): Markup {
  const { language } = view;
  return layout(
    { ...view, title },
    html`<h1>${title}</h1><p>${text}</p><p><a href="/?lang=${language}">${TEXTS[language].back}</a></p>`,
  );
}

function itemChoice({ id, name, price }: Item, isChosen: boolean, language: Language): Markup {
  const checked = isChosen ? "checked" : "";
  return html`<label><input type="radio" name="item" value="${id}" ${checked}> <span>${name[language]}</span> <span>${priceText(price, language)}</span></label>`;
}

/** The key makes a second press of the button find the payment of the first. */
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
    ({ id, item }) => html`<li><a href="/orders/${id}?lang=${language}">${item.name[language]}</a> (${id})</li>`,
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
    ({ providerName: provider, state }) =>
      html`<li>${methodName(provider, language)}: ${stateName(state, language)}</li>`,
  );
  const goods = deliveredOn.map((event) => html`<li>${item.name[language]} (${event})</li>`);
  return html`<dl>
      <dt>${t.item}</dt><dd>${item.name[language]}</dd>
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

function methodName(provider: string, language: Language): string {
  return provider === "psc" || provider === "cards" ? TEXTS[language][provider] : provider;
}

function stateName(state: Payment["state"], language: Language): string {
  const t = TEXTS[language];
  if (state === "failed") return t.failedPayment;
  return state === "expired" ? t.expiredPayment : t[state];
}
