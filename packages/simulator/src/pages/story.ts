import { html } from "hono/html";
import type { SimulatorClock } from "../clock.ts";
import type { Exchange } from "../exchange/model.ts";
import { layout, type Markup, to } from "../layout.ts";
import type { SimulatedPayment } from "../ledger.ts";
import { type Language, TEXTS } from "../texts.ts";
import { exchangeTable, timeOf } from "./tables.ts";
import { PAGE_TEXTS } from "./texts.ts";

export interface Story {
  readonly payment: SimulatedPayment;
  readonly exchanges: readonly Exchange[];
  readonly clock: SimulatorClock;
  /** Whether the page asks the browser to come back. */
  readonly isRefreshing: boolean;
}

/** Everything about one payment: what is planned, and every exchange, latest first. */
export function storyPage({ clock, exchanges, isRefreshing, payment }: Story, language: Language): Markup {
  const [t, p] = [TEXTS[language], PAGE_TEXTS[language]];
  const { amount, chaos, currency, expiresAt, id, pageUrl, state } = payment;
  const kinds = (chaos.callbacks ?? []).map(({ kind }) => kind).join(", ");
  const content = html`
      <dl>
        <dt>${t.id}</dt><dd>${id}</dd>
        <dt>${t.amount}</dt><dd>${amount} ${currency}</dd>
        <dt>${t.state}</dt><dd>${t[state]}</dd>
        ${state === "open" ? html`<dt>${p.expires}</dt><dd>${timeOf(expiresAt)} UTC</dd>` : ""}
        <dt>${p.next}</dt><dd>${countdown(payment, clock, language)}</dd>
        <dt>${p.chaosOf}</dt><dd><a href="${to(`/payments/${id}/chaos`, language)}">${kinds === "" ? p.chaosNone : kinds}</a></dd>
      </dl>
      <p>${refreshLinks(payment, isRefreshing, language)}</p>
      ${state === "open" ? html`<p><a href="${pageUrl}">${p.buyerPage}</a></p>` : resendForm(id, language)}
      <h2>${t.exchanges}</h2>
      ${exchangeTable([...exchanges].reverse(), language)}`;
  return layout({ look: "home", language, title: `${p.payment} ${id}` }, content);
}

function countdown({ nextCallbackAt }: SimulatedPayment, clock: SimulatorClock, language: Language): string {
  const p = PAGE_TEXTS[language];
  if (nextCallbackAt === null) return p.nextNone;
  const seconds = Math.max(0, Math.ceil((Date.parse(nextCallbackAt) - clock.now()) / 1000));
  return p.nextIn(seconds, nextCallbackAt.slice(11, 19));
}

/** Who reads slowly, or with the ears, can stop the page from changing meanwhile. */
function refreshLinks({ id }: SimulatedPayment, isRefreshing: boolean, language: Language): Markup {
  const p = PAGE_TEXTS[language];
  const page = `/payments/${id}`;
  if (isRefreshing) return html`${p.refreshing} <a href="${to(`${page}?refresh=off`, language)}">${p.refreshOff}</a>`;
  return html`<a href="${to(`${page}?refresh=off`, language)}">${p.refreshNow}</a> · <a href="${to(page, language)}">${p.refreshOn}</a>`;
}

function resendForm(id: string, language: Language): Markup {
  return html`<form class="line" method="post" action="/payments/${id}/resend?lang=${language}">
        <button>${PAGE_TEXTS[language].resend}</button>
      </form>`;
}
