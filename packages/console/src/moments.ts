import type {
  AcceptedStatus,
  DeliveryStatus,
  HistoryEntry,
  HttpExchange,
  Money,
  PaymentState,
  RecordedStatus,
  Refund,
  Review,
  ReviewAction,
  ReviewKind,
} from "@pay/core";
import { html } from "hono/html";
import { facts, table } from "./layout.ts";
import { outcomesOf } from "./review-form.ts";
import type { Story } from "./story.ts";
import { fill } from "./texts/fill.ts";
import { LANES, type Moment, timelineOf } from "./timeline.ts";
import type { Markup, View } from "./view.ts";

/** The timeline as a table: a row for each moment, a column for each lane. */
export function timelineTable(view: View, story: Story): Markup {
  const { words } = view.texts;
  const heads = [words.time, words.shop, words.pay, words.gateway];
  const rows = timelineOf(story).map((moment) => {
    const said = momentText(view, moment, story.refunds);
    const cells = LANES.map((lane) => html`<td>${lane === moment.lane ? said : ""}</td>`);
    return html`<tr><th scope="row">${view.exactTime(moment.at)}</th>${cells}</tr>`;
  });
  return table(words.timelineTable, heads, rows, "timeline");
}

function momentText(view: View, { content }: Moment, refunds: readonly Refund[]): Markup {
  switch (content.kind) {
    case "http_exchange":
      return exchangeText(view, content.exchange);
    case "history":
      return entryText(view, content.entry, refunds);
    case "review":
      return reviewText(view, content.review);
    case "delivery":
      return deliveryText(view, content.row);
    default:
      return content satisfies never;
  }
}

/** The readable fields that facts and decisions can have. */
interface Said {
  readonly kind: string;
  readonly providerReference?: string;
  readonly receivedProviderReference?: string;
  readonly providerStatus?: string;
  readonly reason?: string;
  readonly amount?: Money;
  readonly receivedAmount?: Money;
  readonly details?: Readonly<Record<string, string>>;
  readonly code?: string;
  readonly providerCode?: string;
  readonly field?: string;
  readonly refund?: string;
  readonly refundProviderReference?: string;
  readonly key?: string;
  readonly about?: ReviewKind;
  readonly action?: ReviewAction["action"];
  readonly as?: AcceptedStatus | RecordedStatus;
  readonly paymentId?: string;
  readonly handler?: string;
  readonly event?: string;
  readonly by?: string;
  readonly note?: string;
}

function entryText(
  view: View,
  { fact, from, reviews, sequence, to }: HistoryEntry,
  refunds: readonly Refund[],
): Markup {
  const { texts } = view;
  const moved =
    from === to || fact.kind === "opened" ? "" : html`<p>${stateName(view, from)} › ${stateName(view, to)}</p>`;
  const opened = reviews.map(
    (kind) => html`<p>${texts.words.opensReview}: ${texts.reviews[kind as ReviewKind].name}</p>`,
  );
  return html`<p><strong>${factText(view, fact)}</strong></p>${moved}${saidFacts(view, fact, refunds)}${opened}<p>${fill(texts.words.historyEntry, { n: sequence })}</p>`;
}

const REFUND_EVENTS = { refund_succeeded: "refund.succeeded", refund_failed: "refund.failed" } as const;

function factText({ texts }: View, fact: HistoryEntry["fact"]): string {
  if (!("recorded" in fact)) return texts.facts[fact.kind];
  const as = fact.kind === "refund_succeeded" || fact.kind === "refund_failed" ? REFUND_EVENTS[fact.kind] : undefined;
  return fill(texts.words.recordedByHand, { as: as ? texts.events[as] : texts.as[fact.kind as RecordedStatus] });
}

function saidFacts(view: View, said: Said, refunds: readonly Refund[]): Markup {
  const { texts } = view;
  const { reviews, words } = texts;
  const isOfRefund = said.kind === "record" && said.refund !== undefined;
  const refund = refunds.find(
    ({ requestedAs, id }) => said.refund !== undefined && (id === said.refund || requestedAs === said.refund),
  );
  return facts([
    // Of a checkout it is a payment, and of what a person did the person.
    [said.kind === "order_repriced" ? words.payment : words.by, said.by],
    [words.type, said.about && reviews[said.about].name],
    [words.action, said.action && texts.actions[said.action]],
    [words.treatedAs, said.as && outcomesOf(view, isOfRefund ? "refund_unknown" : said.about)[said.as]],
    [words.assignedTo, said.paymentId],
    [words.note, said.note],
    [words.providerReference, said.providerReference ?? said.receivedProviderReference],
    [words.amount, said.amount && view.money(said.amount)],
    [words.receivedAmount, said.receivedAmount && view.money(said.receivedAmount)],
    [words.providerStatus, said.providerStatus],
    [words.reason, said.reason],
    ...Object.entries(said.details ?? {}),
    [words.code, said.code],
    [words.providerCode, said.providerCode],
    [words.field, said.field],
    [words.refund, said.refund],
    [words.refundNow, refund && texts.refundStatus[refund.status]],
    [words.refundProviderReference, said.refundProviderReference],
    [words.key, said.key],
    [words.handler, said.handler],
    [words.event, said.event],
  ]);
}

function reviewText({ texts, to }: View, { id, kind, status }: Review): Markup {
  const { name } = texts.reviews[kind];
  return html`<p><strong>${texts.words.reviewOpened}</strong></p>
        <p><a href="${to(`/reviews/${encodeURIComponent(id)}`)}">${name}</a>, <span class="state ${status}">${texts.reviewStatus[status]}</span></p>`;
}

function deliveryText({ texts }: View, { attempts, error, eventId, handler, status, type }: DeliveryStatus): Markup {
  const { words } = texts;
  return html`<p><strong>${fill(words.eventFor, { handler })}</strong></p>
        <p><code>${type}</code>: ${texts.events[type]}</p>
        <p><span class="state ${status}">${texts.deliveries[status]}</span></p>
        ${facts([
          [words.attempts, String(attempts)],
          [words.error, error],
          [words.event, eventId],
        ])}`;
}

/** Request and response exactly as they were recorded. */
function exchangeText({ texts }: View, { direction, error, request, response }: HttpExchange): Markup {
  const { words } = texts;
  const { body, method, url } = request;
  const sent = body === undefined ? `${method} ${url}` : `${method} ${url}\n\n${body}`;
  const reply =
    response === undefined
      ? html`<p>${words.noResponse}${error === undefined ? "" : html`: ${error}`}</p>`
      : html`<p>${words.response}</p><pre>${`${response.status}\n\n${response.body}`}</pre>`;
  return html`<details>
          <summary>${direction === "to_gateway" ? words.requestOut : words.requestIn}: ${method} ${response?.status ?? words.noResponse}</summary>
          <pre>${sent}</pre>${reply}
        </details>`;
}

function stateName({ texts }: View, state: string): string {
  return Object.hasOwn(texts.states, state) ? texts.states[state as PaymentState] : state;
}
