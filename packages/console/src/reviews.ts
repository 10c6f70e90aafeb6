import type { Review } from "@pay/core";
import { html } from "hono/html";
import { facts } from "./layout.ts";
import { type FormState, reviewForm } from "./review-form.ts";
import type { Texts } from "./texts/texts.ts";
import { type Markup, showMoney, type View } from "./view.ts";

export interface ReviewCardParts {
  readonly review: Review;
  /** Where the page goes on after a decision. */
  readonly back: "queue" | "payment" | "review";
  /** Whether the review's name is a link to its own page. */
  readonly linked?: boolean;
  readonly state?: FormState;
}

/** A review: what it is about, what was done, and, while it is open, the form to decide. */
export function reviewCard(view: View, { back, linked = true, review, state }: ReviewCardParts): Markup {
  const { texts, to } = view;
  const { words } = texts;
  const { actions, id, kind, openedAt, paymentId, status } = review;
  const { means, name } = texts.reviews[kind];
  const address = to(`/reviews/${encodeURIComponent(id)}`);
  const payment = paymentId && html`<a href="${to(`/payments/${encodeURIComponent(paymentId)}`)}">${paymentId}</a>`;
  return html`<article class="review" aria-labelledby="title-${id}">
        <h3 id="title-${id}">${linked ? html`<a href="${address}">${name}</a>` : name}, <span class="state ${status}">${texts.reviewStatus[status]}</span></h3>
        <p>${means}</p>
        ${facts([[words.opened, view.time(openedAt)], [words.payment, payment], ...detailRows(texts, review)])}
        ${actions.length === 0 ? "" : html`<h4>${words.done}</h4><ul>${actions.map((action) => actionLine(view, action))}</ul>`}
        ${status === "open" ? reviewForm(view, { review, back, ...(state && { state }) }) : ""}
      </article>`;
}

function actionLine(view: View, { action, as, at, by, note, paymentId }: Review["actions"][number]): Markup {
  const { actions, as: statuses, words } = view.texts;
  return html`<li>${view.time(at)}: ${actions[action]}${facts([
    [words.by, by],
    [words.takenFor, as && statuses[as]],
    [words.given, paymentId],
    [words.note, note],
  ])}</li>`;
}

/** A review's details under names people read; what is not known here goes by its own name. */
function detailRows(texts: Texts, { details }: Review): readonly (readonly [string, string])[] {
  const { words } = texts;
  const names: Readonly<Record<string, string>> = {
    ...{
      fact: words.fact,
      providerReference: words.providerReference,
      providerStatus: words.providerStatus,
      amount: words.amount,
      merchantAccount: words.merchantAccount,
    },
    ...{
      refund: words.refund,
      refundProviderReference: words.refundProviderReference,
      event: words.event,
      type: words.type,
    },
    ...{ handler: words.handler, subject: words.subject },
  };
  return Object.entries(details).map(([name, value]) => [
    Object.hasOwn(names, name) ? (names[name] ?? name) : name,
    readable(texts, name, value),
  ]);
}

function readable({ events, facts: said }: Texts, name: string, value: string): string {
  if (name === "fact" && Object.hasOwn(said, value)) return said[value as keyof typeof said];
  if (name === "type" && Object.hasOwn(events, value)) return `${value}: ${events[value as keyof typeof events]}`;
  const [, amount, currency] = (name === "amount" && /^(\d{1,16}) ([A-Z]{3})$/.exec(value)) || [];
  return currency === undefined ? value : showMoney({ value: Number(amount), currency });
}
