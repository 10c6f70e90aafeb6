import type { Language } from "@pay/i18n";
import { html } from "hono/html";
import type { SimulatorClock } from "../engine/clock.ts";
import type { SimulatorContext } from "../engine/context.ts";
import { urlOf } from "../engine/gateway-set.ts";
import { textsIn } from "../gateways/gateway.ts";
import { TEXTS } from "../texts/index.ts";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import { exchangeTable, paymentTable, timeOf } from "./tables.ts";

/** Rows of each table that are shown here. */
const LATEST = 50;

/** The simulator's home page: addresses, time, and the latest payments and exchanges first. */
export function homePage({ clock, exchanges, gateways, ledger, url }: SimulatorContext, language: Language): Markup {
  const { common: t, pages: p } = TEXTS[language];
  const addresses = gateways.all.map(
    (gateway) => html`<dt>${textsIn(gateway.texts, language).label}</dt><dd><code>${urlOf(gateway, url)}</code></dd>
        `,
  );
  const content = html`
      <h2>${p.addresses}</h2>
      <dl>
        ${addresses}<dt>API</dt><dd><code>${url}/api</code></dd>
      </dl>
      ${clockSection(clock, language)}
      <h2>${t.payments}</h2>
      ${paymentTable(ledger.payments().reverse().slice(0, LATEST), language)}
      <h2>${t.exchanges}</h2>
      ${exchangeTable(exchanges.all().reverse().slice(0, LATEST), gateways, language)}`;
  return layout({ language, title: p.home }, content);
}

function clockSection(clock: SimulatorClock, language: Language): Markup {
  const p = TEXTS[language].pages;
  return html`<h2>${p.clock}</h2>
      <p>${timeOf(clock.iso(), language)} UTC. ${clock.isStill() ? p.still : p.moves}</p>
      <form class="line" method="post" action="/clock?lang=${language}">
        <label>${p.advance} <input type="number" name="seconds" value="30" min="0" max="31536000" required></label>
        <button>${p.advanceNow}</button>
      </form>`;
}
