import { isPayError, type PayError } from "@pay/core";
import { html } from "hono/html";
import type { App, RouteParts } from "./context.ts";
import { doneText } from "./done.ts";
import { failingOf } from "./failing-marks.ts";
import { layout } from "./layout.ts";
import { digestOf } from "./live.ts";
import { paymentPage } from "./payment-page.ts";
import { PAGE_SIZE, paymentsPage } from "./payments-page.ts";
import { problemText, statusOf } from "./problem.ts";
import { confirmPage, isTooLate, readRecord, wrongOfRefund } from "./record.ts";
import { findPayments, PAYMENT_ID, readSearch, type Wrong, wrongOf } from "./search.ts";
import { readStory } from "./story.ts";
import type { Markup, View } from "./view.ts";

/** `GET /`: the list. `GET /payments/:id`: one payment. `POST /payments/:id/record`, `…/refunds`, `…/redrive`: what an operator knows, and another delivery. */
export function paymentRoutes(app: App, parts: RouteParts): void {
  const { pay, timeZone, view } = parts;

  app.get("/", async (c) => {
    const v = view(c);
    const search = readSearch((name) => c.req.query(name), v.texts, timeZone);
    const refused = (wrong: Wrong, error?: PayError) =>
      c.html(paymentsPage(v, { search, wrong, ...(error && { error }) }), 400);
    if (Object.keys(search.wrong).length > 0) return refused(search.wrong);
    const { id } = search.typed;
    if (id !== "") {
      const payment = await pay.payments.get(id);
      if (payment === undefined) return refused({ id: "noPayment" });
      return c.redirect(v.to(`/payments/${encodeURIComponent(payment.id)}`), 303);
    }
    const page = await findPayments(pay, { ...search.query, limit: PAGE_SIZE }).catch((error: unknown) => {
      if (isPayError(error) && error.code === "INVALID_REQUEST") return error;
      throw error;
    });
    if (isPayError(page)) return refused(wrongOf(page.field), page);
    const failing = failingOf(c.get("failing") ?? []);
    const events = v.to("/events", { ...search.typed, seen: digestOf(page, failing) });
    return c.html(paymentsPage(v, { search, wrong: {}, page, failing, ...(search.after === "" && { events }) }));
  });

  app.get("/payments/:id", async (c) => {
    const v = view(c);
    const id = c.req.param("id");
    const story = PAYMENT_ID.test(id) ? await readStory(parts, id) : undefined;
    if (story === undefined) return c.html(missingPayment(v), 404);
    return c.html(paymentPage(v, story, { done: doneText(v, c.req.query("done")) }));
  });

  app.post("/payments/:id/record", async (c) => {
    const v = view(c);
    const id = c.req.param("id");
    const typed = c.get("form");
    const story = PAYMENT_ID.test(id) ? await readStory(parts, id) : undefined;
    if (story === undefined) return c.html(missingPayment(v), 404);
    if (isTooLate(story.payment, typed)) {
      const problem = html`<p>${v.texts.errors.ALREADY_SUCCEEDED}</p>`;
      return c.html(paymentPage(v, story, { problem }), 409);
    }
    const { request, wrong } = readRecord(story.payment, typed, v.operator);
    if (request === undefined) {
      const problem = html`<p>${v.texts.words.recordRefused}</p>${toForm(v, "record")}`;
      return c.html(paymentPage(v, story, { problem, record: { typed, wrong } }), 400);
    }
    if (typed.get("confirm") !== "yes") return c.html(confirmPage(v, story.payment, request));
    try {
      const { state } = await pay.payments.record(id, request);
      const isAsAsked = state === request.as || request.as === "refunded" || request.as === "reversed";
      const done = isAsAsked ? "record" : "recordReview";
      return c.redirect(v.to(`/payments/${id}`, { done }), 303);
    } catch (error) {
      if (!isPayError(error)) throw error;
      // Read again, because the gateway may have been faster.
      const now = (await readStory(parts, id)) ?? story;
      const record = { typed, wrong: { ...wrong, ...wrongOfRefund(error) } };
      const problem = html`${problemText(v, error)}${toForm(v, "record")}`;
      return c.html(paymentPage(v, now, { problem, record }), statusOf(error));
    }
  });

  app.post("/payments/:id/refunds", async (c) => {
    const v = view(c);
    const id = c.req.param("id");
    const typed = c.get("form");
    const story = PAYMENT_ID.test(id) ? await readStory(parts, id) : undefined;
    if (story === undefined) return c.html(missingPayment(v), 404);
    const as = typed.get("as");
    if (as !== "succeeded" && as !== "failed") {
      const problem = html`<p>${v.texts.words.recordRefused}</p>${toForm(v, "refunds")}`;
      return c.html(paymentPage(v, story, { problem, refund: { typed, wrong: "badRecordAs" } }), 400);
    }
    const note = (typed.get("note") ?? "").trim();
    try {
      const refund = typed.get("refund") ?? "";
      await pay.payments.record(id, { as, refund, by: v.operator, ...(note !== "" && { note }) });
    } catch (error) {
      if (!isPayError(error)) throw error;
      const now = (await readStory(parts, id)) ?? story;
      const problem = html`${problemText(v, error)}${toForm(v, "refunds")}`;
      return c.html(paymentPage(v, now, { problem, refund: { typed } }), statusOf(error));
    }
    return c.redirect(`${v.to(`/payments/${id}`, { done: "record" })}#refunds`, 303);
  });

  app.post("/payments/:id/redrive", async (c) => {
    const v = view(c);
    const id = c.req.param("id");
    const form = c.get("form");
    if (!PAYMENT_ID.test(id)) return c.html(missingPayment(v), 404);
    try {
      await pay.deliveries.redrive(id, {
        eventId: form.get("event") ?? "",
        handler: form.get("handler") ?? "",
        by: v.operator,
      });
    } catch (error) {
      const story = isPayError(error) ? await readStory(parts, id) : undefined;
      if (!isPayError(error) || story === undefined) throw error;
      return c.html(paymentPage(v, story, { problem: problemText(v, error) }), statusOf(error));
    }
    return c.redirect(`${v.to(`/payments/${id}`, { done: "redrive" })}#deliveries`, 303);
  });
}

/** The form that was refused may stand far below the message. */
function toForm({ texts }: View, id: "record" | "refunds"): Markup {
  return html`<p><a href="#${id}">${texts.words.toForm}</a></p>`;
}

export function missingPayment(view: View): Markup {
  const { words } = view.texts;
  const content = html`<p>${words.missingPaymentWhy}</p><p><a href="${view.to("/")}">${words.toPayments}</a></p>`;
  return layout(view, { title: words.missingPayment, path: "/" }, content);
}
