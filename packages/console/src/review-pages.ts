import type { Review } from "@pay/core";
import { html } from "hono/html";
import { type Frame, layout } from "./layout.ts";
import type { FormState } from "./review-form.ts";
import { reviewCard } from "./reviews.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

/** Reviews on a page of the queue. */
export const QUEUE_SIZE = 50;
/** The most reviews that Pay lists. */
const MOST = 1000;

/** The open reviews, oldest first. */
export function queuePage(view: View, open: readonly Review[], page: number, done: string | undefined): Markup {
  const { words } = view.texts;
  const start = (page - 1) * QUEUE_SIZE;
  const shown = open.slice(start, start + QUEUE_SIZE);
  const end = start + shown.length;
  const link = (to: number, text: string) => html`<a href="${view.to("/reviews", { page: String(to) })}">${text}</a>`;
  const place = { from: start + 1, to: end, all: open.length };
  const content = html`
      <h2>${words.queue}</h2>
      ${open.length === 0 ? html`<p>${words.queueEmpty}</p>` : html`<p>${fill(words.queueShown, place)}</p>`}
      ${open.length < MOST ? "" : html`<p>${words.queueMost}</p>`}
      ${shown.map((review) => reviewCard(view, { review, back: "queue" }))}
      <p class="buttons">${page > 1 ? link(page - 1, words.previousPage) : ""} ${end < open.length ? link(page + 1, words.nextPage) : ""}</p>`;
  const query = page === 1 ? {} : { page: String(page) };
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
