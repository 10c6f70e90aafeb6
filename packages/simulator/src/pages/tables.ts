import { html } from "hono/html";
import type { Exchange } from "../exchange/model.ts";
import { inWords } from "../exchange/words.ts";
import { type Markup, to } from "../layout.ts";
import type { SimulatedPayment } from "../ledger.ts";
import { type Language, TEXTS } from "../texts.ts";
import { PAGE_TEXTS } from "./texts.ts";

function table(caption: string, heads: readonly string[], rows: readonly Markup[], language: Language): Markup {
  if (rows.length === 0) return html`<p>${TEXTS[language].none}</p>`;
  const head = heads.map((text) => html`<th scope="col">${text}</th>`);
  return html`<div class="wide"><table aria-label="${caption}"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Payments, each with a link to its own page. */
export function paymentTable(payments: readonly SimulatedPayment[], language: Language): Markup {
  const t = TEXTS[language];
  const rows = payments.map(
    ({ amount, currency, gateway, id, state }) =>
      html`<tr><td><a href="${to(`/payments/${id}`, language)}">${id}</a></td><td>${gateway}</td><td>${amount} ${currency}</td><td>${t[state]}</td></tr>`,
  );
  return table(t.payments, [t.id, t.gateway, t.amount, t.state], rows, language);
}

/** Exchanges with their verdicts in words, each with a link to its bytes. */
export function exchangeTable(exchanges: readonly Exchange[], language: Language): Markup {
  const [t, p] = [TEXTS[language], PAGE_TEXTS[language]];
  const rows = exchanges.map((exchange) => {
    const { at, gateway, kind, n, payment } = exchange;
    const what = kind === "callback" ? `${p.callback} ${exchange.attempt}` : p.create;
    const chaos = kind === "callback" && exchange.chaos.length > 0 ? ` (chaos: ${exchange.chaos.join(", ")})` : "";
    const link = html`<a href="${to(`/exchanges/${n}`, language)}">${n}</a>`;
    return html`<tr><td>${link}</td><td>${timeOf(at)}</td><td>${gateway}: ${what}${chaos}</td><td>${payment ?? "–"}</td><td>${inWords(exchange, language)}</td></tr>`;
  });
  return table(t.exchanges, [p.number, p.when, p.what, t.id, t.verdict], rows, language);
}

/** The moment to the second, in UTC as everywhere in the simulator. */
export function timeOf(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}
