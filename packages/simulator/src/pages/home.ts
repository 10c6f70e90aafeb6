import { html } from "hono/html";
import type { SimulatorClock } from "../clock.ts";
import type { ExchangeLog } from "../exchange/log.ts";
import { layout, type Markup } from "../layout.ts";
import type { Ledger } from "../ledger.ts";
import { type Language, TEXTS } from "../texts.ts";
import { exchangeTable, paymentTable, timeOf } from "./tables.ts";
import { PAGE_TEXTS } from "./texts.ts";

export interface Addresses {
  readonly url: string;
  readonly gosettiUrl: string;
  readonly selllyUrl: string;
}

export interface HomeParts {
  readonly addresses: Addresses;
  readonly ledger: Ledger;
  readonly exchanges: ExchangeLog;
  readonly clock: SimulatorClock;
}

/** Rows of either table that are shown here. */
const LATEST = 50;

/** The simulator's own page: where the gateways are, what time it is, what was paid, what the shops answered. Latest first. */
export function homePage({ addresses, clock, exchanges, ledger }: HomeParts, language: Language): Markup {
  const t = TEXTS[language];
  const content = html`
      <h2>${t.addresses}</h2>
      <dl>
        <dt>GOSetti.pl</dt><dd><code>${addresses.gosettiUrl}</code></dd>
        <dt>Sellly</dt><dd><code>${addresses.selllyUrl}</code></dd>
        <dt>API</dt><dd><code>${addresses.url}/api</code></dd>
      </dl>
      ${clockSection(clock, language)}
      <h2>${t.payments}</h2>
      ${paymentTable(ledger.payments().reverse().slice(0, LATEST), language)}
      <h2>${t.exchanges}</h2>
      ${exchangeTable(exchanges.all().reverse().slice(0, LATEST), language)}`;
  return layout({ look: "home", language, title: t.home }, content);
}

function clockSection(clock: SimulatorClock, language: Language): Markup {
  const p = PAGE_TEXTS[language];
  return html`<h2>${p.clock}</h2>
      <p>${timeOf(clock.iso())} UTC. ${clock.isStill() ? p.still : p.moves}</p>
      <form class="line" method="post" action="/clock?lang=${language}">
        <label>${p.advance} <input type="number" name="seconds" value="30" min="0" max="31536000" required></label>
        <button>${p.advanceNow}</button>
      </form>`;
}
