import { isPayError, type Review, type ReviewResolution } from "@pay/core";
import { html } from "hono/html";
import type { App, RouteParts } from "./context.ts";
import { doneText } from "./done.ts";
import { layout } from "./layout.ts";
import { problemText, statusOf } from "./problem.ts";
import { QUEUE_SIZE, queuePage, reviewPage } from "./review-pages.ts";
import type { View } from "./view.ts";

const REVIEW_ID = /^rev_[0-9a-z]{26}$/;

/** `GET /reviews`: the open reviews. `GET /reviews/:id`: one review. `POST /reviews/:id`: a decision about it. */
export function reviewRoutes(app: App, parts: RouteParts): void {
  const { pay, view } = parts;
  const find = async (id: string) => (REVIEW_ID.test(id) ? pay.reviews.get(id) : undefined);

  app.get("/reviews", async (c) => {
    const v = view(c);
    const asked = c.req.query("after") ?? "";
    const after = REVIEW_ID.test(asked) ? asked : undefined;
    const page = await pay.reviews.list({ limit: QUEUE_SIZE, ...(after !== undefined && { after }) });
    return c.html(queuePage(v, page, after, doneText(v, c.req.query("done"))));
  });

  app.get("/reviews/:id", async (c) => {
    const v = view(c);
    const review = await find(c.req.param("id"));
    if (review === undefined) return c.html(missing(v), 404);
    return c.html(reviewPage(v, review, { done: doneText(v, c.req.query("done")) }));
  });

  app.post("/reviews/:id", async (c) => {
    const v = view(c);
    const form = c.get("form");
    const review = await find(c.req.param("id"));
    if (review === undefined) return c.html(missing(v), 404);
    const resolution = resolutionOf(form, v.operator);
    if (resolution === undefined) {
      return c.html(reviewPage(v, review, { problem: html`<p>${v.texts.words.badAction}</p>` }), 400);
    }
    try {
      await pay.reviews.resolve(review.id, resolution);
    } catch (error) {
      if (!isPayError(error)) throw error;
      // Read again, because another operator may have closed it.
      const now = (await pay.reviews.get(review.id)) ?? review;
      if (error.code === "REVIEW_CLOSED" && isDone(now, resolution))
        return c.redirect(backTo(v, review, form.get("back"), resolution.action), 303);
      const said = { problem: problemText(v, error), state: { typed: form, error } };
      return c.html(reviewPage(v, now, said), statusOf(error));
    }
    return c.redirect(backTo(v, review, form.get("back"), resolution.action), 303);
  });
}

/** The decision in the form, or undefined for an unknown button. Pay checks that the fields are complete. */
function resolutionOf(form: URLSearchParams, by: string): ReviewResolution | undefined {
  const of = (name: string) => (form.get(name) ?? "").trim();
  const note = of("note");
  const action = of("action");
  if (action === "note") return { action, by, note };
  const said = { by, ...(note !== "" && { note }) };
  if (action === "dismiss") return { action, ...said };
  if (action !== "accept") return undefined;
  const paymentId = of("paymentId") === "other" ? of("otherPaymentId") : of("paymentId") || of("otherPaymentId");
  const as = of("as") as "succeeded";
  return { action, ...said, ...(paymentId !== "" && { paymentId }), ...(as.length > 0 && { as }) };
}

/** True if the operator closed the review so already: the button was pressed twice. */
function isDone({ actions }: Review, resolution: ReviewResolution): boolean {
  const { action, as, by, paymentId }: Partial<Review["actions"][number]> = actions.at(-1) ?? {};
  const asked = resolution.action === "accept" ? resolution : undefined;
  return action === resolution.action && by === resolution.by && as === asked?.as && paymentId === asked?.paymentId;
}

function backTo(view: View, { id, paymentId }: Review, back: string | null, done: string): string {
  if (back === "queue") return view.to("/reviews", { done });
  if (back === "payment" && paymentId !== undefined) {
    return `${view.to(`/payments/${encodeURIComponent(paymentId)}`, { done })}#reviews`;
  }
  return view.to(`/reviews/${encodeURIComponent(id)}`, { done });
}

function missing(view: View): ReturnType<typeof layout> {
  return layout(view, { title: view.texts.words.missingReview, path: "/reviews" }, html``);
}
