import { type Language, showNumber } from "@pay/i18n";
import { html } from "hono/html";
import { type Bar, barChart } from "./chart.ts";
import type { App, RouteParts } from "./context.ts";
import { layout, table } from "./layout.ts";
import { COUNTED, LOOKED_THROUGH, type ProviderStatistics, readStatistics } from "./statistics.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

/** `GET /statistics`: success rate and time to success per provider, for their newest payments. */
export function statisticsRoute(app: App, { pay, view }: RouteParts): void {
  app.get("/statistics", async (c) => c.html(statisticsPage(view(c), await readStatistics(pay))));
}

function statisticsPage(view: View, all: readonly ProviderStatistics[]): Markup {
  const { words } = view.texts;
  const content = html`
      <p>${fill(words.statisticsWhy, { most: COUNTED })} ${fill(words.statisticsProviders, { n: LOOKED_THROUGH })}</p>
      ${all.length === 0 ? html`<p>${words.nothing}</p>` : html`${success(view, all)}${times(view, all)}`}`;
  return layout(view, { title: words.statistics, path: "/statistics" }, content);
}

function success({ language, texts }: View, all: readonly ProviderStatistics[]): Markup {
  const { words } = texts;
  const rateOf = ({ closed, succeeded }: ProviderStatistics) => (closed === 0 ? undefined : succeeded / closed);
  const written = (one: ProviderStatistics) => {
    const rate = rateOf(one);
    return rate === undefined ? words.none : showNumber(rate, language, { style: "percent", maximumFractionDigits: 1 });
  };
  const bars = all.map((one) => ({ name: one.providerName, share: rateOf(one) ?? 0, text: written(one) }));
  const heads = [words.provider, words.counted, words.closed, words.succeeded, words.rate];
  const rows = all.map(
    (one) => html`<tr>
            <th scope="row">${one.providerName}</th><td>${fill(words.ofLast, { n: one.counted })}</td>
            <td class="number">${one.closed}</td><td class="number">${one.succeeded}</td><td class="number">${written(one)}</td>
          </tr>`,
  );
  return html`
      <h2>${words.rate}</h2>
      ${barChart(fill(words.rateChart, { list: listed(bars) }), bars)}
      ${table(words.successTable, heads, rows)}`;
}

function times({ language, texts }: View, all: readonly ProviderStatistics[]): Markup {
  const { words } = texts;
  const written = (durationMs: number | undefined) =>
    durationMs === undefined ? words.none : durationText(durationMs, language);
  const longest = Math.max(1, ...all.map(({ medianMs = 0 }) => medianMs));
  const bars = all.map(({ medianMs, providerName }) => ({
    name: providerName,
    share: (medianMs ?? 0) / longest,
    text: written(medianMs),
  }));
  const heads = [words.provider, words.succeeded, words.median, words.slow];
  const rows = all.map(
    ({ medianMs, providerName, slowMs, succeeded }) => html`<tr>
            <th scope="row">${providerName}</th><td class="number">${succeeded}</td>
            <td class="number">${written(medianMs)}</td><td class="number">${written(slowMs)}</td>
          </tr>`,
  );
  return html`
      <h2>${words.timeTitle}</h2>
      ${barChart(fill(words.timeChart, { list: listed(bars) }), bars)}
      ${table(words.timeTable, heads, rows)}`;
}

function listed(bars: readonly Bar[]): string {
  return bars.map(({ name, text }) => `${name} ${text}`).join(", ");
}

const UNITS = [
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** In the largest unit that the duration contains at least twice, so that one decimal is precise enough. */
function durationText(durationMs: number, language: Language): string {
  const [unit, unitMs] = UNITS.find(([, one]) => durationMs >= 2 * one) ?? UNITS[2];
  return showNumber(durationMs / unitMs, language, { style: "unit", unit, maximumFractionDigits: 1 });
}
