import type { PayError, Payment, PaymentPage } from "@pay/core";
import { html } from "hono/html";
import type { Failing } from "./failing-marks.ts";
import { layout, table } from "./layout.ts";
import { stateOf } from "./payment-page.ts";
import { problemText } from "./problem.ts";
import { SEARCH_FIELDS, type Search, type SearchField, type Wrong } from "./search.ts";
import type { Word } from "./texts/index.ts";
import type { Markup, View } from "./view.ts";

/** Payments on a page. */
export const PAGE_SIZE = 50;

export interface PaymentsPageParts {
  readonly search: Search;
  readonly wrong: Wrong;
  /** Pay's own error about the search. */
  readonly error?: PayError;
  /** Absent if the search was not made. */
  readonly page?: PaymentPage;
  /** Payments whose events a handler did not take. */
  readonly failing?: Failing;
  /** Address that reports changes of this page. Only the first page has one. */
  readonly events?: string;
}

/** The list of payments: a search form, one page of results, and a link to older ones. */
export function paymentsPage(view: View, parts: PaymentsPageParts): Markup {
  const { error, events, failing = new Map(), page, search, wrong } = parts;
  const { words } = view.texts;
  const wrongPage = wrong.after === undefined ? undefined : html`<p>${words[wrong.after]}</p>`;
  const problem = error === undefined ? wrongPage : problemText(view, error);
  const content = html`
      <h2 id="search">${words.search}</h2>
      ${searchForm(view, search, wrong)}
      ${page === undefined ? "" : html`<h2>${words.list}</h2>`}
      <div${events === undefined ? "" : html` data-events="${events}"`}>${page === undefined ? "" : results(view, search, page, failing)}</div>
      <p role="status" data-updated="${words.updatedAt}"></p>`;
  const query = { ...search.typed, after: search.after };
  const live = events !== undefined;
  return layout(view, { title: words.payments, path: "/", query, problem, live }, content);
}

function results(view: View, search: Search, page: PaymentPage, failing: Failing): Markup {
  const { words } = view.texts;
  const { next, payments } = page;
  const none = next === undefined ? words.noneFound : words.noneYet;
  const here = search.after === "" ? "" : html`<a href="${view.to("/", search.typed)}">${words.newest}</a>`;
  const older =
    next === undefined ? "" : html`<a href="${view.to("/", { ...search.typed, after: next })}">${words.older}</a>`;
  return html`
        ${payments.length === 0 ? html`<p>${none}</p>` : paymentsTable(view, payments, failing)}
        ${next === undefined || payments.length === PAGE_SIZE ? "" : html`<p>${words.mayBeMore}</p>`}
        <p class="buttons">${older} ${here} <a href="${view.to("/", { ...search.typed, after: search.after })}">${words.refresh}</a></p>`;
}

function paymentsTable(view: View, payments: readonly Payment[], failing: Failing): Markup {
  const { words } = view.texts;
  const heads = [words.paymentId, words.order, words.amount, words.provider, words.state, words.created, words.updated];
  return table(
    words.paymentsTable,
    heads,
    payments.map((payment) => paymentRow(view, payment, failing.get(payment.id))),
  );
}

function paymentRow(view: View, payment: Payment, fails: "dead" | "due" | undefined): Markup {
  const { amount, createdAt, id, orderId, providerName, updatedAt } = payment;
  return html`<tr>
            <th scope="row" class="id"><a href="${view.to(`/payments/${encodeURIComponent(id)}`)}">${id}</a></th>
            <td>${orderId}</td><td class="number">${view.money(amount)}</td><td>${providerName}</td>
            <td>${stateOf(view, payment)}${failMark(view, id, fails)}</td>
            <td>${view.time(createdAt)}</td><td>${view.time(updatedAt)}</td>
          </tr>`;
}

/** Says of a paid order that its handler failed, so that the list alone does not make it look delivered. */
function failMark(view: View, id: string, fails: "dead" | "due" | undefined): Markup | string {
  if (fails === undefined) return "";
  const { words } = view.texts;
  const address = `${view.to(`/payments/${encodeURIComponent(id)}`)}#deliveries`;
  return html`, <a class="state ${fails}" href="${address}">${fails === "dead" ? words.notDelivered : words.deliveryFails}</a>`;
}

const LABELS: Readonly<Record<SearchField, Word>> = {
  order: "orderId",
  reference: "providerReference",
  amount: "amount",
  id: "paymentId",
  provider: "provider",
  state: "state",
  from: "from",
  to: "to",
};

const HINTS: Readonly<Partial<Record<SearchField, Word>>> = { order: "orderHint", amount: "amountHint", to: "toHint" };

function searchForm(view: View, { typed }: Search, wrong: Wrong): Markup {
  const { words } = view.texts;
  return html`<form role="search" aria-labelledby="search" method="get" action="${view.to("/")}">
        ${view.lang === undefined ? "" : html`<input type="hidden" name="lang" value="${view.lang}">`}
        <div class="filters">${SEARCH_FIELDS.map((name) => searchField(view, name, typed[name], wrong[name]))}</div>
        <p class="buttons"><button>${words.find}</button> <a href="${view.to("/")}">${words.clear}</a></p>
      </form>`;
}

function searchField(view: View, name: SearchField, value: string, wrong: Word | undefined): Markup {
  const { words } = view.texts;
  const hint = HINTS[name];
  const described = [hint === undefined ? "" : `${name}-hint`, wrong === undefined ? "" : `${name}-wrong`].filter(
    Boolean,
  );
  const attributes = html`id="${name}" name="${name}"${described.length === 0 ? "" : html` aria-describedby="${described.join(" ")}"`}${wrong === undefined ? "" : html` aria-invalid="true"`}`;
  return html`<div>
          <label for="${name}">${words[LABELS[name]]}</label>
          ${name === "state" ? stateChoice(view, attributes, value) : html`<input ${attributes} value="${value}" type="${isDay(name) ? "date" : "text"}" autocomplete="off">`}
          ${hint === undefined ? "" : html`<p class="hint" id="${name}-hint">${words[hint]}</p>`}
          ${wrong === undefined ? "" : html`<p class="wrong" id="${name}-wrong">${words[wrong]}</p>`}
        </div>`;
}

function isDay(name: SearchField): boolean {
  return name === "from" || name === "to";
}

function stateChoice({ texts }: View, attributes: Markup, chosen: string): Markup {
  const option = (value: string, text: string) =>
    html`<option value="${value}"${value === chosen ? html` selected` : ""}>${text}</option>`;
  const states = Object.entries(texts.states).map(([state, text]) => option(state, text));
  return html`<select ${attributes}>${option("", texts.words.anyState)}${states}</select>`;
}
