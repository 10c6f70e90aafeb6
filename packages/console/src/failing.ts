import { type FailingDelivery, isPayError } from "@pay/core";
import { html } from "hono/html";
import { type App, FAILING_SHOWN, type RouteParts } from "./context.ts";
import { redriveForm } from "./deliveries.ts";
import { doneText } from "./done.ts";
import { type Frame, layout, table } from "./layout.ts";
import { problemText, statusOf } from "./problem.ts";
import { fill } from "./texts/fill.ts";
import type { Markup, View } from "./view.ts";

/** `GET /failing`: the deliveries whose last attempt failed. `POST /failing`: attempts one of them now. */
export function failingRoutes(app: App, { pay, view }: RouteParts): void {
  const read = () => pay.deliveries.failing({ limit: FAILING_SHOWN + 1 });

  app.get("/failing", async (c) => {
    const v = view(c);
    return c.html(failingPage(v, c.get("failing") ?? (await read()), { done: doneText(v, c.req.query("done")) }));
  });

  app.post("/failing", async (c) => {
    const v = view(c);
    const form = c.get("form");
    const delivery = { eventId: form.get("event") ?? "", handler: form.get("handler") ?? "", by: v.operator };
    try {
      await pay.deliveries.redrive(form.get("about") ?? "", delivery);
    } catch (error) {
      if (!isPayError(error)) throw error;
      return c.html(failingPage(v, await read(), { problem: problemText(v, error) }), statusOf(error));
    }
    return c.redirect(v.to("/failing", { done: "redrive" }), 303);
  });
}

function failingPage(view: View, failing: readonly FailingDelivery[], said: Pick<Frame, "done" | "problem">): Markup {
  const { texts } = view;
  const { words } = texts;
  const subject = [words.order, words.handler, words.event, words.status];
  const heads = [...subject, words.attempts, words.error, words.nextAttempt, words.action];
  const rows = failing.slice(0, FAILING_SHOWN).map((row) => {
    const { attempts, error, handler, nextAttemptAt, status, type } = row;
    return html`<tr>
            <th scope="row">${subjectLink(view, row)}</th><td>${handler}</td><td><code>${type}</code>: ${texts.events[type]}</td>
            <td><span class="state ${status}">${texts.deliveries[status]}</span></td><td class="number">${attempts}</td>
            <td>${error}</td><td>${nextAttemptAt === undefined ? "" : view.time(nextAttemptAt)}</td><td>${redriveForm(view, "/failing", row)}</td>
          </tr>`;
  });
  const most = failing.length > FAILING_SHOWN ? html`<p>${fill(words.failingMost, { n: FAILING_SHOWN })}</p>` : "";
  const content =
    failing.length === 0
      ? html`<p>${words.failingEmpty}</p>`
      : html`<p>${words.failingWhy}</p>${most}${table(words.failingTable, heads, rows, "deliveries")}`;
  return layout(view, { title: words.failing, path: "/failing", ...said }, content);
}

/** The order, with its payment behind it; otherwise the review that the event is about. */
function subjectLink({ to }: View, { payment, review }: FailingDelivery): Markup {
  if (payment === undefined) return html`<a href="${to(`/reviews/${encodeURIComponent(review ?? "")}`)}">${review}</a>`;
  return html`<a href="${to(`/payments/${encodeURIComponent(payment.id)}`)}#deliveries">${payment.orderId}</a>`;
}
