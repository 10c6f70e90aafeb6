import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { SimulatorContext } from "../engine/context.ts";
import { isSimulatorFailure } from "../engine/failure.ts";
import { redacted } from "../exchanges/redact.ts";
import type { BodyEnv } from "../http/body.ts";
import { readJump } from "../http/read-jump.ts";
import { TEXTS } from "../texts/index.ts";
import { chaosForm, chaosOfForm } from "./chaos-form.ts";
import { exchangePage, exchangesPage } from "./exchange.ts";
import { homePage } from "./home.ts";
import { layout, to } from "./layout.ts";
import type { Markup } from "./markup.ts";
import { paymentPage } from "./payment.ts";
import { problemPage } from "./problem.ts";
import { requestedLanguage } from "./requested-language.ts";

/** Seconds after which a payment's page reloads while a callback is planned. It is a header because the pages have no script. */
const REFRESH_SECONDS = "5";

/** The pages for testing a shop. The control API offers the same. */
export function testerRoutes(context: SimulatorContext): Hono<BodyEnv> {
  const { clock, delivery, exchanges, gateways, ledger } = context;
  const routes = new Hono<BodyEnv>();

  routes.get("/", (c) => c.html(homePage(context, requestedLanguage(c))));
  routes.post("/clock", async (c) => {
    await clock.advance(readJump(Number(formOf(c).get("seconds") || Number.NaN) * 1000));
    return c.redirect(to("/", requestedLanguage(c)), 303);
  });

  routes.get("/exchanges", (c) => c.html(exchangesPage(exchanges.all(), gateways, requestedLanguage(c))));
  routes.get("/exchanges/:n{\\d+}", (c) => {
    const exchange = exchanges.get(Number(c.req.param("n")));
    const isRevealed = c.req.query("secrets") === "shown";
    const shown = isRevealed ? exchange : redacted(exchange, gateways, ledger.payments());
    return c.html(exchangePage(shown, isRevealed, gateways, requestedLanguage(c)));
  });

  routes.get("/payments/:id", (c) => {
    const payment = ledger.get(c.req.param("id"));
    const isRefreshing = payment.nextCallbackAt !== null && !clock.isStill() && c.req.query("refresh") !== "off";
    if (isRefreshing) c.header("refresh", REFRESH_SECONDS);
    return c.html(paymentPage(payment, isRefreshing, context, requestedLanguage(c)));
  });
  routes.post("/payments/:id/resend", async (c) => {
    const { id } = ledger.get(c.req.param("id"));
    await delivery.resend(id);
    return c.redirect(to(`/payments/${id}`, requestedLanguage(c)), 303);
  });

  addChaos(routes, context);

  routes.onError((error, c) => {
    if (!isSimulatorFailure(error)) throw error;
    const language = requestedLanguage(c);
    const { problem, unknown } = TEXTS[language].common;
    const isUnknown = error.code === "unknown_payment" || error.code === "unknown_exchange";
    return c.html(problemPage(language, isUnknown ? unknown : problem, error.message), isUnknown ? 404 : 400);
  });

  return routes;
}

function addChaos(routes: Hono<BodyEnv>, context: SimulatorContext): void {
  const { chaos, chaosRules: rules, delivery, gateways, ledger } = context;

  routes.get("/payments/:id/chaos", (c) => c.html(paymentChaos(c, c.req.param("id"), "")));
  routes.post("/payments/:id/chaos", (c) => {
    const { id } = ledger.get(c.req.param("id"));
    ledger.change(id, { chaos: rules.read(chaosOfForm(formOf(c), rules), "existing") });
    delivery.replan(id);
    return c.html(paymentChaos(c, id, TEXTS[requestedLanguage(c)].chaos.saved));
  });

  routes.get("/chaos", (c) => c.html(futureChaos(c, "")));
  routes.post("/chaos", (c) => {
    chaos.set(chaosOfForm(formOf(c), rules));
    return c.html(futureChaos(c, TEXTS[requestedLanguage(c)].chaos.saved));
  });
  routes.post("/chaos/release", (c) =>
    c.html(futureChaos(c, TEXTS[requestedLanguage(c)].chaos.released(chaos.release()))),
  );

  function paymentChaos(c: Context, id: string, message: string): Markup {
    const language = requestedLanguage(c);
    const { chaos: t, common } = TEXTS[language];
    const payment = ledger.get(id);
    const form = chaosForm({
      chaos: payment.chaos,
      target: "existing",
      rules,
      gateways: [gateways.of(payment)],
      language,
    });
    const back = html`<p><a href="${to(`/payments/${id}`, language)}">${common.payment} ${id}</a></p>`;
    return layout({ language, title: t.ofPayment }, html`${status(message)}${form}${back}`);
  }

  function futureChaos(c: Context, message: string): Markup {
    const language = requestedLanguage(c);
    const t = TEXTS[language].chaos;
    const content = html`${status(message)}<p>${t.hint}</p>
      ${chaosForm({ chaos: chaos.get(), target: "future", rules, gateways: gateways.all, language })}
      <form class="line" method="post" action="/chaos/release?lang=${language}"><button>${t.release}</button></form>`;
    return layout({ language, title: t.ofFuture }, content);
  }
}

function status(message: string): Markup {
  return message === "" ? html`` : html`<p role="status">${message}</p>`;
}

function formOf(c: Context<BodyEnv>): URLSearchParams {
  return new URLSearchParams(c.var.body);
}
