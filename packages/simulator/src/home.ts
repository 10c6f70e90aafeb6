import { html } from "hono/html";
import { layout, type Markup } from "./layout.ts";
import type { Ledger, SimulatedCallback, SimulatedPayment } from "./ledger.ts";
import { type Language, TEXTS } from "./texts.ts";

export interface Addresses {
  readonly url: string;
  readonly gosettiUrl: string;
  readonly selllyUrl: string;
}

/** The simulator's own page: where the gateways are, what was paid, what the shops answered. Latest first. */
export function homePage(addresses: Addresses, ledger: Ledger, language: Language): Markup {
  const t = TEXTS[language];
  const payments = ledger.payments().reverse();
  const callbacks = ledger.callbacks().reverse().slice(0, 50);
  const content = html`
      <h2>${t.addresses}</h2>
      <dl>
        <dt>GOSetti.pl</dt><dd><code>${addresses.gosettiUrl}</code></dd>
        <dt>Sellly</dt><dd><code>${addresses.selllyUrl}</code></dd>
        <dt>API</dt><dd><code>${addresses.url}/api</code></dd>
      </dl>
      <h2>${t.payments}</h2>
      ${table(
        language,
        [t.id, t.gateway, t.amount, t.state],
        payments.map((payment) => paymentRow(payment, language)),
      )}
      <h2>${t.callbacks}</h2>
      ${table(language, [t.id, t.attempt, t.verdict], callbacks.map(callbackRow))}`;
  return layout({ look: "home", language, title: t.home }, content);
}

function table(language: Language, heads: readonly string[], rows: readonly Markup[]): Markup {
  if (rows.length === 0) return html`<p>${TEXTS[language].none}</p>`;
  const head = heads.map((text) => html`<th scope="col">${text}</th>`);
  return html`<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`;
}

function paymentRow({ amount, currency, gateway, id, pageUrl, state }: SimulatedPayment, language: Language): Markup {
  return html`<tr><td><a href="${pageUrl}">${id}</a></td><td>${gateway}</td><td>${amount} ${currency}</td><td>${TEXTS[language][state]}</td></tr>`;
}

function callbackRow({ attempt, payment, verdict }: SimulatedCallback): Markup {
  const why = "why" in verdict ? `: ${verdict.why}` : "";
  return html`<tr><td>${payment}</td><td>${attempt}</td><td>${verdict.kind}${why}</td></tr>`;
}
