import type { Language } from "@pay/i18n";
import { html } from "hono/html";
import type { GatewaySet } from "../engine/gateway-set.ts";
import { asText } from "../exchanges/bytes.ts";
import { curlOf } from "../exchanges/curl.ts";
import { describeVerdict } from "../exchanges/describe.ts";
import type { HttpExchange } from "../exchanges/model.ts";
import { TEXTS } from "../texts/index.ts";
import { layout, to } from "./layout.ts";
import type { Markup } from "./markup.ts";
import { exchangeTable, timeOf } from "./tables.ts";

/** Rows that are shown. The control API returns every exchange. */
const LATEST = 200;

/** The log, latest first. */
export function exchangesPage(exchanges: readonly HttpExchange[], gateways: GatewaySet, language: Language): Markup {
  const content = exchangeTable(exchanges.slice(-LATEST).reverse(), gateways, language);
  return layout({ language, title: TEXTS[language].common.exchanges }, content);
}

/** One exchange with its bytes. If `isRevealed` is false, the given exchange contains stand-ins already. */
export function exchangePage(
  exchange: HttpExchange,
  isRevealed: boolean,
  gateways: GatewaySet,
  language: Language,
): Markup {
  const { common: t, pages: p } = TEXTS[language];
  const { error, gateway, kind, n, payment, request, response, startedAt } = exchange;
  const self = `/exchanges/${n}`;
  const link = payment === null ? "–" : html`<a href="${to(`/payments/${payment}`, language)}">${payment}</a>`;
  const content = html`
      <dl>
        <dt>${p.what}</dt><dd>${gateway}: ${p[kind]}</dd>
        <dt>${p.when}</dt><dd>${timeOf(startedAt, language)} UTC</dd>
        <dt>${t.id}</dt><dd>${link}</dd>
        <dt>${t.verdict}</dt><dd>${describeVerdict(exchange, language, gateways)}</dd>
      </dl>
      <p>${isRevealed ? p.revealed : p.masked}
        <a href="${to(isRevealed ? self : `${self}?secrets=shown`, language)}">${isRevealed ? p.mask : p.reveal}</a></p>
      <h2>${p.request}</h2>
      ${request === null ? html`<p>${p.nothingSent}</p>` : bytes(asText(request), p.request)}
      <h2>${p.response}</h2>
      ${response === null ? html`<p>${p.noResponse}: ${error ?? ""}</p>` : bytes(asText(response), p.response)}
      ${request === null ? "" : curlField(exchange, isRevealed, language)}
      <p><a href="/api/exchanges/${n}/fixture">${p.fixture}</a>. ${p.fixtureHint}</p>`;
  return layout({ language, title: `${p.exchange} ${n}` }, content);
}

/** The block can scroll, so the keyboard must reach it. */
function bytes(text: string, name: string): Markup {
  return html`<pre tabindex="0" role="region" aria-label="${name}">${text}</pre>`;
}

function curlField(exchange: HttpExchange, isRevealed: boolean, language: Language): Markup {
  const p = TEXTS[language].pages;
  const command = curlOf(exchange);
  return html`<p><label for="curl">${p.curl}</label>
        <textarea id="curl" readonly rows="${String(command.split("\n").length + 1)}" spellcheck="false" aria-describedby="curl-hint">${command}</textarea>
        <span id="curl-hint">${isRevealed ? "" : p.curlMasked}</span></p>`;
}
