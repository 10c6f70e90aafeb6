import type { Language } from "@pay/i18n";
import { type Context, Hono } from "hono";
import { BUYER_ACTIONS, type BuyerAction, type BuyerOutcome } from "../engine/buyer.ts";
import type { SimulatorContext } from "../engine/context.ts";
import { isSimulatorFailure } from "../engine/failure.ts";
import type { StartedGateway } from "../engine/gateway-set.ts";
import type { SimulatedPayment } from "../engine/model.ts";
import type { BodyEnv } from "../http/body.ts";
import { problemPage } from "../pages/problem.ts";
import { requestedLanguage } from "../pages/requested-language.ts";
import { TEXTS } from "../texts/index.ts";
import { hostedPages } from "./page.ts";

/** Seconds after which a waiting buyer's page reloads. It is a header because the pages have no script. */
const REFRESH_SECONDS = "3";

/** The hosted pages of one gateway: `GET` and `POST /payment/:id`, form field `action` = pay, decline, leave or vanish. */
export function hostedRoutes(gateway: StartedGateway, { buyer, delivery, ledger }: SimulatorContext): Hono<BodyEnv> {
  const routes = new Hono<BodyEnv>();

  routes.get("/payment/:id", (c) => show(c, find(c.req.param("id"))));

  routes.post("/payment/:id", async (c) => {
    const form = new URLSearchParams(c.var.body);
    const payment = find(c.req.param("id"));
    if (payment === null) return show(c, null);
    const action = form.get("action");
    if (!isAction(action)) return problem(c, `action must be one of ${BUYER_ACTIONS.join(", ")}`);
    if (payment.state !== "open") {
      // If the button is pressed twice, the second press waits for the same answer as the first.
      await delivery.idle(payment.id);
      return move(c, payment.id, buyer.whereabouts(payment.id));
    }
    return move(c, payment.id, await buyer.act(payment.id, action, form));
  });

  routes.onError((error, c) => {
    if (isSimulatorFailure(error)) return problem(c, error.message);
    throw error;
  });

  function find(id: string): SimulatedPayment | null {
    return ledger.payments().find((payment) => payment.id === id && payment.gateway === gateway.name) ?? null;
  }

  function languageOf(c: Context, payment: SimulatedPayment | null): Language {
    const preset = payment === null ? null : gateway.page.language(payment);
    return requestedLanguage(c, preset);
  }

  function show(c: Context, payment: SimulatedPayment | null): Response | Promise<Response> {
    const language = languageOf(c, payment);
    if (payment === null) return c.html(problemPage(language, TEXTS[language].common.unknown, ""), 404);
    const pages = hostedPages(gateway, language);
    if (payment.state === "open") return c.html(pages.open(payment));
    const { kind, url } = buyer.whereabouts(payment.id);
    if (kind === "redirect") return redirect(c, url);
    if (kind === "end") return c.html(pages.end(payment));
    c.header("refresh", REFRESH_SECONDS);
    return c.html(pages.wait(payment));
  }

  function move(c: Context, id: string, { kind, url }: BuyerOutcome): Response | Promise<Response> {
    const payment = ledger.get(id);
    const language = languageOf(c, payment);
    const pages = hostedPages(gateway, language);
    if (kind === "left") return c.html(pages.left(payment));
    if (kind === "gone") return c.html(pages.gone(payment));
    return redirect(c, kind === "redirect" ? url : `${url}?lang=${language}`);
  }

  function problem(c: Context, reason: string): Response | Promise<Response> {
    const language = languageOf(c, null);
    return c.html(problemPage(language, TEXTS[language].common.problem, reason), 400);
  }

  return routes;
}

function redirect(c: Context, url: string): Response {
  // Header values are bytes. In the parsed address, everything outside ASCII is percent-encoded.
  return c.redirect(new URL(url).href, 303);
}

function isAction(value: string | null): value is BuyerAction {
  return BUYER_ACTIONS.some((action) => action === value);
}
