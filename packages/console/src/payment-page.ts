import type { Payment } from "@pay/core";
import { html } from "hono/html";
import { deliveriesTable } from "./deliveries.ts";
import { diagram } from "./diagram.ts";
import { type Frame, facts, layout } from "./layout.ts";
import { timelineTable } from "./moments.ts";
import { type RecordState, recordForm } from "./record.ts";
import { type RefundState, refundsTable } from "./refunds.ts";
import { reviewCard } from "./reviews.ts";
import type { Story } from "./story.ts";
import type { Markup, View } from "./view.ts";

/** One payment: its details, state, timeline, refunds, deliveries and reviews. */
export function paymentPage(
  view: View,
  story: Story,
  {
    record,
    refund,
    ...said
  }: Pick<Frame, "done" | "problem"> & { readonly record?: RecordState; readonly refund?: RefundState } = {},
): Markup {
  const { words } = view.texts;
  const { deliveries, history, payment, refunds, reviews } = story;
  const isPaid = payment.state === "succeeded";
  const form = recordForm(view, story, record);
  const cards = reviews.map((review) => reviewCard(view, { review, back: "payment" }));
  const content = html`
      <h2>${words.details}</h2>
      ${known(view, story)}
      <p><a href="${view.to("/", { order: payment.orderId })}">${words.ofOrder}</a></p>
      ${isPaid ? "" : form}
      <h2>${words.diagram}</h2>
      ${diagram(view, payment.state, history)}
      <h2>${words.timeline}</h2>
      ${timelineTable(view, story)}
      ${refunds.length === 0 ? "" : html`<h2 id="refunds">${words.refunds}</h2>${refundsTable(view, story, refund)}`}
      ${isPaid ? form : ""}
      <h2 id="deliveries">${words.deliveries}</h2>
      ${deliveriesTable(view, payment, deliveries)}
      <h2 id="reviews">${words.reviewsOfPayment}</h2>
      ${cards.length === 0 ? html`<p>${words.noReviews}</p>` : cards}`;
  const frame = { title: `${words.payment} ${payment.id}`, path: `/payments/${encodeURIComponent(payment.id)}` };
  return layout(view, { ...frame, ...said }, content);
}

/** The payment's state, and the mark of a superseded one. */
export function stateOf({ texts: { states, words } }: View, { state, superseded }: Payment): Markup {
  const mark = superseded === undefined ? "" : html` <span class="state superseded">${words.superseded}</span>`;
  return html`<span class="state ${state}">${states[state]}</span>${mark}`;
}

function known(view: View, { payment }: Story): Markup {
  const { words } = view.texts;
  const {
    merchantAccount,
    adapter,
    amount,
    createdAt,
    description,
    expiresAt,
    orderId,
    providerName,
    providerReference,
    superseded,
    updatedAt,
  } = payment;
  return facts([
    [words.state, stateOf(view, payment)],
    [words.order, orderId],
    [words.amount, view.money(amount)],
    [words.orderCosts, superseded && view.money(superseded.amount)],
    [words.supersededBy, superseded && html`<a href="${view.to(`/payments/${superseded.by}`)}">${superseded.by}</a>`],
    [words.description, description],
    [words.provider, providerName],
    [words.adapter, adapter],
    [words.merchantAccount, merchantAccount],
    [words.providerReference, providerReference],
    [words.created, view.time(createdAt)],
    [words.updated, view.time(updatedAt)],
    [words.expires, view.time(expiresAt)],
  ]);
}
