import type { HistoryEntry } from "@pay/core";
import type { SimulatedCallback } from "@pay/simulator";
import { priceText } from "./price-text.ts";
import type { Story } from "./purchase.ts";

interface Line {
  readonly at: number;
  readonly party: string;
  readonly text: string;
}

const TOKEN = /(\/callbacks\/\w+\/pay_\w+\/)[\w.-]+/g;

/** One purchase as a readable list in chronological order: state changes, callbacks and replies as sent, events delivered. */
export function timeline(story: Story): string {
  const { payment, history, callbacks, heard, deliveries } = story;
  const start = history[0]?.at ?? 0;
  const lines: Line[] = [
    ...history.map(stateLine),
    ...heard.map((event) => ({
      at: event.occurredAt,
      party: "event",
      text: `${event.type} ${event.id} → ${deliveries.map(({ handler, status }) => `${handler}: ${status}`).join(", ")}`,
    })),
    ...callbacks.flatMap((callback, at) => callbackLines(callback, at + 1, story)),
  ];
  const rows = lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, party, text }) => `  ${`+${at - start} ms`.padStart(9)}  ${party.padEnd(8)} ${text}`);
  const title = `  ${payment.orderId} · ${priceText(payment.amount, "en")} · ${payment.id}`;
  return `${masked([title, ...rows].join("\n"), story.secrets)}\n`;
}

function stateLine({ at, from, to, fact }: HistoryEntry): Line {
  const reference =
    "providerReference" in fact && fact.providerReference !== undefined ? ` as ${fact.providerReference}` : "";
  const text = fact.kind === "opened" ? "created, saved before the gateway is called" : `${from} → ${to}`;
  return { at, party: "pay", text: fact.kind === "opened" ? text : `${text}  (${fact.kind}${reference})` };
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
    { at: time, party: "gateway", text: `${sent.trimEnd()}   (${count} of ${story.plan.callbacks})` },
    // The first call changes the payment before it is answered.
    {
      at: count === 1 ? Math.max(time, story.payment.updatedAt) : time,
      party: "reply",
      text: `${answer}   ${verdict.kind}`,
    },
  ];
}

function path(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Hides secrets, tokens and the buyer's address, plain and URL-encoded. */
function masked(text: string, secrets: readonly string[]): string {
  const all = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return all.reduce((rest, secret) => rest.replaceAll(secret, "…"), text.replaceAll(TOKEN, "$1…"));
}
