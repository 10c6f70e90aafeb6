import type { HistoryEntry } from "@pay/core";
import { formatMoney } from "@pay/core";
import type { SimulatedCallback } from "@pay/simulator";
import type { Story } from "./purchase.ts";

interface Line {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

const TOKEN = /(\/callbacks\/\w+\/pay_\w+\/)[\w.-]+/g;

/** One purchase as a readable list in order of time: state changes, callbacks and replies as sent, events delivered. */
export function timeline(story: Story): string {
  const { payment, history, callbacks, heard, deliveries } = story;
  const start = history[0]?.at ?? 0;
  const lines: Line[] = [
    ...history.map(stateLine),
    ...heard.map((event) => ({
      at: event.occurredAt,
      who: "event",
      what: `${event.type} ${event.id} → ${deliveries.map(({ handler, status }) => `${handler}: ${status}`).join(", ")}`,
    })),
    ...callbacks.flatMap((callback, at) => callbackLines(callback, at + 1, story)),
  ];
  const rows = lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, who, what }) => `  ${`+${at - start} ms`.padStart(9)}  ${who.padEnd(8)} ${what}`);
  const title = `  ${payment.orderId} · ${formatMoney(payment.amount)} ${payment.amount.currency} · ${payment.id}`;
  return `${masked([title, ...rows].join("\n"), story.secrets)}\n`;
}

function stateLine({ at, from, to, fact }: HistoryEntry): Line {
  const reference =
    "providerReference" in fact && fact.providerReference !== undefined ? ` as ${fact.providerReference}` : "";
  const what = fact.kind === "opened" ? "created, saved before the gateway is asked" : `${from} → ${to}`;
  return { at, who: "pay", what: fact.kind === "opened" ? what : `${what}  (${fact.kind}${reference})` };
}

function callbackLines(
  { request, response, startedAt, verdict }: SimulatedCallback,
  count: number,
  story: Story,
): Line[] {
  const time = Date.parse(startedAt);
  const sent = request === null ? "could not call" : `${request.method} ${path(request.url)}  ${request.body ?? ""}`;
  const answer =
    response === null
      ? "no answer"
      : `${response.status}  ${response.body.kind === "text" ? response.body.text : "(binary)"}`;
  return [
    { at: time, who: "gateway", what: `${sent.trimEnd()}   (${count} of ${story.plan.callbacks})` },
    // The answer to the first call follows what it changed.
    {
      at: count === 1 ? Math.max(time, story.payment.updatedAt) : time,
      who: "reply",
      what: `${answer}   ${verdict.kind}`,
    },
  ];
}

function path(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Secrets, tokens and the buyer's address are not shown, encoded or not. */
function masked(text: string, secrets: readonly string[]): string {
  const all = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return all.reduce((rest, secret) => rest.replaceAll(secret, "…"), text.replaceAll(TOKEN, "$1…"));
}
