import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { BodyEnv } from "../body.ts";
import { readChaos } from "../chaos/read.ts";
import { type ControlParts, wholeJump } from "../control.ts";
import { redacted } from "../exchange/redact.ts";
import { isSimulatorFailure } from "../failure.ts";
import { problemPage } from "../hosted/page.ts";
import { layout, type Markup, to } from "../layout.ts";
import { chooseLanguage, type Language, TEXTS } from "../texts.ts";
import { chaosForm, chaosOfForm } from "./chaos-form.ts";
import { exchangePage, exchangesPage } from "./exchange.ts";
import { type Addresses, homePage } from "./home.ts";
import { storyPage } from "./story.ts";
import { PAGE_TEXTS } from "./texts.ts";

export interface TesterParts extends ControlParts {
  readonly addresses: Addresses;
}

/** Seconds between two looks at a payment whose next callback is planned; a header, since the pages carry no script. */
const REFRESH = "5";

/** The pages for whoever tests a shop. What they do is in the control API as well. */
export function testerRoutes(parts: TesterParts): Hono<BodyEnv> {
  const { chaos, clock, delivery, exchanges, ledger, shops } = parts;
  const pages = new Hono<BodyEnv>();

  pages.get("/", (c) => c.html(homePage(parts, languageOf(c))));
  pages.post("/clock", async (c) => {
    await clock.advance(wholeJump(Number(formOf(c).get("seconds") || Number.NaN) * 1000));
    return c.redirect(to("/", languageOf(c)), 303);
  });

  pages.get("/exchanges", (c) => c.html(exchangesPage(exchanges.all(), languageOf(c))));
  pages.get("/exchanges/:n{\\d+}", (c) => {
    const exchange = exchanges.get(Number(c.req.param("n")));
    const isRevealed = c.req.query("secrets") === "shown";
    const shown = isRevealed ? exchange : redacted(exchange, { payments: ledger.payments(), shops: shops.all() });
    return c.html(exchangePage(shown, isRevealed, languageOf(c)));
  });

  pages.get("/payments/:id", (c) => {
    const payment = ledger.get(c.req.param("id"));
    const isRefreshing = payment.nextCallbackAt !== null && !clock.isStill() && c.req.query("refresh") !== "off";
    if (isRefreshing) c.header("refresh", REFRESH);
    const own = exchanges.all().filter((one) => one.payment === payment.id);
    return c.html(storyPage({ payment, exchanges: own, clock, isRefreshing }, languageOf(c)));
  });
  pages.post("/payments/:id/resend", async (c) => {
    const { id } = ledger.get(c.req.param("id"));
    await delivery.resend(id);
    return c.redirect(to(`/payments/${id}`, languageOf(c)), 303);
  });

  pages.get("/payments/:id/chaos", (c) => c.html(paymentChaos(c, c.req.param("id"), "")));
  pages.post("/payments/:id/chaos", (c) => {
    const { id } = ledger.get(c.req.param("id"));
    ledger.change(id, { chaos: readChaos(chaosOfForm(formOf(c)), "made") });
    delivery.replan(id);
    return c.html(paymentChaos(c, id, PAGE_TEXTS[languageOf(c)].saved));
  });

  pages.get("/chaos", (c) => c.html(defaultChaos(c, "")));
  pages.post("/chaos", (c) => {
    chaos.set(chaosOfForm(formOf(c)));
    return c.html(defaultChaos(c, PAGE_TEXTS[languageOf(c)].saved));
  });
  pages.post("/chaos/release", (c) => c.html(defaultChaos(c, PAGE_TEXTS[languageOf(c)].released(chaos.release()))));

  pages.onError((error, c) => {
    if (!isSimulatorFailure(error)) throw error;
    const language = languageOf(c);
    const isUnknown = error.code === "unknown_payment" || error.code === "unknown_exchange";
    const title = isUnknown ? TEXTS[language].unknown : PAGE_TEXTS[language].wrong;
    return c.html(problemPage(language, title, error.message), isUnknown ? 404 : 400);
  });

  function paymentChaos(c: Context, id: string, said: string): Markup {
    const language = languageOf(c);
    const payment = ledger.get(id);
    const back = html`<p><a href="${to(`/payments/${id}`, language)}">${PAGE_TEXTS[language].payment} ${id}</a></p>`;
    const content = html`${status(said)}${chaosForm(payment.chaos, "made", language)}${back}`;
    return layout({ look: "home", language, title: PAGE_TEXTS[language].chaosOf }, content);
  }

  function defaultChaos(c: Context, said: string): Markup {
    const language = languageOf(c);
    const p = PAGE_TEXTS[language];
    const content = html`${status(said)}<p>${p.chaosHint}</p>
      ${chaosForm(chaos.get(), "to come", language)}
      <form class="line" method="post" action="/chaos/release?lang=${language}"><button>${p.release}</button></form>`;
    return layout({ look: "home", language, title: p.chaosDefault }, content);
  }

  return pages;
}

function status(said: string): Markup {
  return said === "" ? html`` : html`<p role="status">${said}</p>`;
}

function formOf(c: Context<BodyEnv>): URLSearchParams {
  return new URLSearchParams(c.var.body);
}

function languageOf(c: Context): Language {
  return chooseLanguage(c.req.query("lang"), null, c.req.header("accept-language"));
}
