import { type Language, showMoney, showTime } from "@pay/i18n";
import { html } from "hono/html";
import type { GatewaySet } from "../engine/gateway-set.ts";
import type { SimulatedPayment } from "../engine/model.ts";
import { describeVerdict } from "../exchanges/describe.ts";
import type { HttpExchange } from "../exchanges/model.ts";
import { TEXTS } from "../texts/index.ts";
import { to } from "./layout.ts";
import type { Markup } from "./markup.ts";

function table(caption: string, heads: readonly string[], rows: readonly Markup[], language: Language): Markup {
  if (rows.length === 0) return html`<p>${TEXTS[language].common.none}</p>`;
  const head = heads.map((text) => html`<th scope="col">${text}</th>`);
  return html`<div class="wide"><table aria-label="${caption}"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Payments, each with a link to its own page. */
export function paymentTable(payments: readonly SimulatedPayment[], language: Language): Markup {
  const { common: t, states } = TEXTS[language];
  const rows = payments.map(
    ({ amount, currency, gateway, id, state }) =>
      html`<tr><td><a href="${to(`/payments/${id}`, language)}">${id}</a></td><td>${gateway}</td><td>${showMoney({ decimal: amount, currency }, language)}</td><td>${states[state]}</td></tr>`,
  );
  return table(t.payments, [t.id, t.gateway, t.amount, t.state], rows, language);
}

/** Exchanges with their verdicts as sentences, each with a link to its bytes. */
export function exchangeTable(exchanges: readonly HttpExchange[], gateways: GatewaySet, language: Language): Markup {
  const { common: t, pages: p } = TEXTS[language];
  const rows = exchanges.map((exchange) => {
    const { gateway, kind, n, payment, startedAt } = exchange;
    const what = kind === "callback" ? `${p.callback} ${exchange.attempt}` : p.create;
    const chaos = kind === "callback" && exchange.chaos.length > 0 ? ` (chaos: ${exchange.chaos.join(", ")})` : "";
    const link = html`<a href="${to(`/exchanges/${n}`, language)}">${n}</a>`;
    const verdict = describeVerdict(exchange, language, gateways);
    return html`<tr><td>${link}</td><td>${timeOf(startedAt, language)}</td><td>${gateway}: ${what}${chaos}</td><td>${payment ?? "–"}</td><td>${verdict}</td></tr>`;
  });
  return table(t.exchanges, [p.number, p.when, p.what, t.id, t.verdict], rows, language);
}

/** A moment to the second, in UTC like every time in the simulator. */
export function timeOf(iso: string, language: Language): Markup {
  return html`<time datetime="${iso}">${showTime(Date.parse(iso), { language, timeZone: "UTC" })}</time>`;
}
