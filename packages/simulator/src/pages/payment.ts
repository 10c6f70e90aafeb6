import { type Language, showMoney, showTime } from "@pay/i18n";
import { html } from "hono/html";
import type { SimulatorClock } from "../engine/clock.ts";
import type { SimulatorContext } from "../engine/context.ts";
import type { SimulatedPayment } from "../engine/model.ts";
import { TEXTS } from "../texts/index.ts";
import { layout, to } from "./layout.ts";
import type { Markup } from "./markup.ts";
import { exchangeTable, timeOf } from "./tables.ts";

/** Everything about one payment: what is planned, and its exchanges, latest first. `isRefreshing`: the page reloads. */
export function paymentPage(
  payment: SimulatedPayment,
  isRefreshing: boolean,
  { clock, exchanges, gateways }: SimulatorContext,
  language: Language,
): Markup {
  const { chaos: c, common: t, pages: p, states } = TEXTS[language];
  const { amount, chaos, currency, expiresAt, id, pageUrl, state } = payment;
  const kinds = (chaos.callbacks ?? []).map(({ kind }) => kind).join(", ");
  const own = exchanges.all().filter((one) => one.payment === id);
  const content = html`
      <dl>
        <dt>${t.id}</dt><dd>${id}</dd>
        <dt>${t.amount}</dt><dd>${showMoney({ decimal: amount, currency }, language)}</dd>
        <dt>${t.state}</dt><dd>${states[state]}</dd>
        ${state === "open" ? html`<dt>${p.expires}</dt><dd>${timeOf(expiresAt, language)} UTC</dd>` : ""}
        <dt>${p.next}</dt><dd>${countdown(payment, clock, language)}</dd>
        <dt>${c.ofPayment}</dt><dd><a href="${to(`/payments/${id}/chaos`, language)}">${kinds === "" ? c.none : kinds}</a></dd>
      </dl>
      <p>${refreshLinks(payment, isRefreshing, language)}</p>
      ${state === "open" ? html`<p><a href="${pageUrl}">${p.buyerPage}</a></p>` : resendForm(id, language)}
      <h2>${t.exchanges}</h2>
      ${exchangeTable(own.reverse(), gateways, language)}`;
  return layout({ language, title: `${t.payment} ${id}` }, content);
}

function countdown({ nextCallbackAt }: SimulatedPayment, clock: SimulatorClock, language: Language): string {
  const p = TEXTS[language].pages;
  if (nextCallbackAt === null) return p.nextNone;
  const at = Date.parse(nextCallbackAt);
  const seconds = Math.max(0, Math.ceil((at - clock.now()) / 1000));
  return p.nextIn(seconds, showTime(at, { language, timeZone: "UTC", parts: "time" }));
}

/** People who read slowly or use a screen reader can stop the page from changing. */
function refreshLinks({ id }: SimulatedPayment, isRefreshing: boolean, language: Language): Markup {
  const p = TEXTS[language].pages;
  const page = `/payments/${id}`;
  if (isRefreshing) return html`${p.refreshing} <a href="${to(`${page}?refresh=off`, language)}">${p.refreshOff}</a>`;
  return html`<a href="${to(`${page}?refresh=off`, language)}">${p.refreshNow}</a> · <a href="${to(page, language)}">${p.refreshOn}</a>`;
}

function resendForm(id: string, language: Language): Markup {
  return html`<form class="line" method="post" action="/payments/${id}/resend?lang=${language}">
        <button>${TEXTS[language].pages.resend}</button>
      </form>`;
}
