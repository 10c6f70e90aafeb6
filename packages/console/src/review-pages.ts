import type { Review, ReviewPage } from "@pay/core";
import { html } from "hono/html";
import { type Frame, layout } from "./layout.ts";
import type { FormState } from "./review-form.ts";
import { reviewCard } from "./reviews.ts";
import type { Markup, View } from "./view.ts";

/** Reviews on a page of the queue. */
export const QUEUE_SIZE = 50;

/** The open reviews, oldest first. */
export function queuePage(
  view: View,
  { next, reviews }: ReviewPage,
  after: string | undefined,
  done: string | undefined,
): Markup {
  const { words } = view.texts;
  const query = after === undefined ? {} : { after };
  const first = html`<a href="${view.to("/reviews")}">${words.firstPage}</a>`;
  const content = html`
      <h2>${words.queue}</h2>
      <p>${reviews.length === 0 ? words.queueEmpty : words.queueOrder}</p>
      ${reviews.map((review) => reviewCard(view, { review, back: "queue" }))}
      <p class="buttons">${after === undefined ? "" : first} ${next === undefined ? "" : html`<a href="${view.to("/reviews", { after: next })}">${words.nextPage}</a>`}</p>`;
  return layout(view, { title: words.reviews, path: "/reviews", query, done }, content);
}

/** One review, open or closed. */
export function reviewPage(
  view: View,
  review: Review,
  { state, ...said }: Pick<Frame, "done" | "problem"> & { readonly state?: FormState },
): Markup {
  const { reviews, words } = view.texts;
  const card = reviewCard(view, { review, back: "review", linked: false, ...(state && { state }) });
  const content = html`<h2>${words.reviewTitle}</h2>${card}`;
  const path = `/reviews/${encodeURIComponent(review.id)}`;
  return layout(view, { title: reviews[review.kind].name, path, ...said }, content);
}
