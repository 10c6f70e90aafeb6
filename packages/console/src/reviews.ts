import type { Review } from "@pay/core";
import { html } from "hono/html";
import { facts } from "./layout.ts";
import { detailRows } from "./review-details.ts";
import { type FormState, outcomesOf, reviewForm } from "./review-form.ts";
import type { Markup, View } from "./view.ts";

export interface ReviewCardParts {
  readonly review: Review;
  /** The page that follows a decision. */
  readonly back: "queue" | "payment" | "review";
  /** False on the review's own page. @default true */
  readonly linked?: boolean;
  readonly state?: FormState;
}

/** A review: its reason, its details, the actions taken and, while it is open, the form to decide. */
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
        ${facts([[words.opened, view.time(openedAt)], [words.payment, payment], ...detailRows(view, review)])}
        ${actions.length === 0 ? "" : html`<h4>${words.done}</h4><ul>${actions.map((action) => actionLine(view, kind, action))}</ul>`}
        ${status === "open" ? reviewForm(view, { review, back, ...(state && { state }) }) : ""}
      </article>`;
}

function actionLine(
  view: View,
  kind: Review["kind"],
  { action, as, at, by, note, paymentId }: Review["actions"][number],
): Markup {
  const { actions, words } = view.texts;
  const statuses = outcomesOf(view, kind);
  return html`<li>${view.time(at)}: ${actions[action]}${facts([
    [words.by, by],
    [words.treatedAs, as && statuses[as]],
    [words.assignedTo, paymentId],
    [words.note, note],
  ])}</li>`;
}
