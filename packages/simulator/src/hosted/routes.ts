import { type Context, Hono } from "hono";
import type { BodyEnv } from "../body.ts";
import { BUYER_ACTIONS, type Buyer, type BuyerAction, type BuyerOutcome } from "../buyer.ts";
import type { Delivery } from "../deliver.ts";
import { isSimulatorFailure } from "../failure.ts";
import type { Ledger, SimulatedPayment } from "../ledger.ts";
import { chooseLanguage, type Language, TEXTS } from "../texts.ts";
import { endPage, gonePage, leftPage, openPage, problemPage, waitPage } from "./page.ts";

/** Seconds after which a waiting buyer's page looks again; a header, since the pages carry no script. */
const REFRESH = "3";

/** The hosted pages of one gateway: `GET` and `POST /payment/:id`, form field `action` = pay, decline, leave or vanish. */
export function pageRoutes(gateway: SimulatedPayment["gateway"], parts: PageParts): Hono<BodyEnv> {
  const { buyer, delivery, ledger } = parts;
  const pages = new Hono<BodyEnv>();

  pages.get("/payment/:id", (c) => show(c, find(c.req.param("id"))));

  pages.post("/payment/:id", async (c) => {
    const form = new URLSearchParams(c.var.body);
    const payment = find(c.req.param("id"));
    if (payment === null) return show(c, null);
    const action = form.get("action");
    if (!isAction(action)) return problem(c, `action must be one of ${BUYER_ACTIONS.join(", ")}`);
    if (payment.state !== "open") {
      // A second press of the button waits for the same answer as the first.
      await delivery.settled(payment.id);
      return move(c, payment.id, buyer.whereabouts(payment.id));
    }
    return move(c, payment.id, await buyer.act(payment.id, action, form.get("payment_channel") ?? undefined));
  });

  pages.onError((error, c) => {
    if (isSimulatorFailure(error)) return problem(c, error.message);
    throw error;
  });

  function find(id: string): SimulatedPayment | null {
    return ledger.payments().find((payment) => payment.id === id && payment.gateway === gateway) ?? null;
  }

  function show(c: Context, payment: SimulatedPayment | null): Response | Promise<Response> {
    const language = languageOf(c, payment);
    if (payment === null) return c.html(problemPage(language, TEXTS[language].unknown, ""), 404);
    if (payment.state === "open") return c.html(openPage(payment, language));
    const { kind, url } = buyer.whereabouts(payment.id);
    if (kind === "redirect") return goTo(c, url);
    if (kind === "end") return c.html(endPage(payment, language));
    c.header("refresh", REFRESH);
    return c.html(waitPage(payment, language));
  }

  function move(c: Context, id: string, { kind, url }: BuyerOutcome): Response | Promise<Response> {
    const payment = ledger.get(id);
    const language = languageOf(c, payment);
    if (kind === "left") return c.html(leftPage(payment, language));
    if (kind === "gone") return c.html(gonePage(payment, language));
    return goTo(c, kind === "redirect" ? url : `${url}?lang=${language}`);
  }

  return pages;
}

export interface PageParts {
  readonly ledger: Ledger;
  readonly buyer: Buyer;
  readonly delivery: Delivery;
}

function goTo(c: Context, url: string): Response {
  // A header is bytes: the parsed address has everything outside ASCII percent-encoded.
  return c.redirect(new URL(url).href, 303);
}

function problem(c: Context, why: string): Response | Promise<Response> {
  const language = languageOf(c, null);
  return c.html(problemPage(language, TEXTS[language].problem, why), 400);
}

function isAction(value: string | null): value is BuyerAction {
  return BUYER_ACTIONS.some((action) => action === value);
}

function languageOf(c: Context, payment: SimulatedPayment | null): Language {
  // "language_code" is the language a Sellly payment is generated in; GOSetti.pl's create request names none.
  const preset = payment?.details.kind === "sellly" ? payment.details.language : null;
  return chooseLanguage(c.req.query("lang"), preset, c.req.header("accept-language"));
}
