import { html } from "hono/html";
import { asText } from "../exchange/bytes.ts";
import { curlOf } from "../exchange/curl.ts";
import type { Exchange } from "../exchange/model.ts";
import { inWords } from "../exchange/words.ts";
import { layout, type Markup, to } from "../layout.ts";
import { type Language, TEXTS } from "../texts.ts";
import { exchangeTable, timeOf } from "./tables.ts";
import { PAGE_TEXTS } from "./texts.ts";

/** Rows that are shown; the control API has them all. */
const LATEST = 200;

/** The log, latest first. */
export function exchangesPage(exchanges: readonly Exchange[], language: Language): Markup {
  const content = exchangeTable(exchanges.slice(-LATEST).reverse(), language);
  return layout({ look: "home", language, title: TEXTS[language].exchanges }, content);
}

/** One exchange with its bytes. `isRevealed`: as they were; otherwise the exchange comes with stand-ins already. */
export function exchangePage(exchange: Exchange, isRevealed: boolean, language: Language): Markup {
  const [t, p] = [TEXTS[language], PAGE_TEXTS[language]];
  const { at, error, gateway, kind, n, payment, request, response } = exchange;
  const self = `/exchanges/${n}`;
  const link = payment === null ? "–" : html`<a href="${to(`/payments/${payment}`, language)}">${payment}</a>`;
  const content = html`
      <dl>
        <dt>${p.what}</dt><dd>${gateway}: ${p[kind]}</dd>
        <dt>${p.when}</dt><dd>${timeOf(at)} UTC</dd>
        <dt>${t.id}</dt><dd>${link}</dd>
        <dt>${t.verdict}</dt><dd>${inWords(exchange, language)}</dd>
      </dl>
      <p>${isRevealed ? p.revealed : p.masked}
        <a href="${to(isRevealed ? self : `${self}?secrets=shown`, language)}">${isRevealed ? p.mask : p.reveal}</a></p>
      <h2>${p.request}</h2>
      ${request === null ? html`<p>${p.nothingSent}</p>` : bytes(asText(request), p.request)}
      <h2>${p.response}</h2>
      ${response === null ? html`<p>${p.noResponse}: ${error ?? ""}</p>` : bytes(asText(response), p.response)}
      ${request === null ? "" : curlField(exchange, isRevealed, language)}
      <p><a href="/api/exchanges/${n}/fixture">${p.fixture}</a>. ${p.fixtureHint}</p>`;
  return layout({ look: "home", language, title: `${p.exchange} ${n}` }, content);
}

/** May be scrolled, so it must be reached by keyboard. */
function bytes(text: string, name: string): Markup {
  return html`<pre tabindex="0" role="region" aria-label="${name}">${text}</pre>`;
}

function curlField(exchange: Exchange, isRevealed: boolean, language: Language): Markup {
  const p = PAGE_TEXTS[language];
  const command = curlOf(exchange);
  return html`<p><label for="curl">${p.curl}</label>
        <textarea id="curl" readonly rows="${String(command.split("\n").length + 1)}" spellcheck="false" aria-describedby="curl-hint">${command}</textarea>
        <span id="curl-hint">${isRevealed ? "" : p.curlMasked}</span></p>`;
}
