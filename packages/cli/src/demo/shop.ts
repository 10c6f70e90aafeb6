import { randomUUID } from "node:crypto";
import { type AnyPay, isPayError, money, type Payment } from "@pay/core";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { type Language, languageOf, TEXTS } from "./texts.ts";

/** What the shop's pages ask of Pay. */
export type DemoPay = Pick<AnyPay, "checkout" | "payments" | "deliveries" | "reviews">;

export const PRICE: string = "19.99";

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
form,section{margin:1.5rem 0}label{display:block;margin:.5rem 0}input,button{font:inherit;padding:.4rem .6rem}nav{float:right}`;

/** One item, two ways to pay, and the page a buyer comes back to. Polish and English. */
export function shopPages(pay: DemoPay, shopUrl: string): Hono {
  const shop = new Hono();

  shop.use(async (c, next) => {
    await next();
    c.header(
      "content-security-policy",
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    c.header("referrer-policy", "no-referrer");
    c.header("x-content-type-options", "nosniff");
  });

  shop.get("/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  shop.get("/", (c) => c.html(itemPage(languageIn(c))));

  shop.post("/buy", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const language = languageIn(c);
    const provider = form.get("provider");
    try {
      const { next } = await pay.checkout({
        orderId: `demo-${randomUUID()}`,
        amount: money(PRICE, "PLN"),
        // None is the configuration's choice.
        ...(provider !== null && { provider }),
        description: TEXTS[language].item,
        returnUrl: `${shopUrl}/return?lang=${language}`,
        // Everyone is on this machine here; a shop behind a proxy takes the address its proxy vouches for.
        buyer: { ip: "127.0.0.1", email: form.get("email") ?? "", language },
      });
      return c.redirect(next.kind === "redirect" ? next.url : "/", 303);
    } catch (error) {
      if (!isPayError(error)) throw error;
      return c.html(page(language, TEXTS[language].refused, html`<p>${error.code}: ${error.field ?? ""}</p>`), 400);
    }
  });

  shop.get("/return", async (c) => {
    const payment = await pay.payments.get(c.req.query("payment") ?? "");
    const language = languageIn(c);
    if (payment === undefined) return c.html(page(language, TEXTS[language].unknown, html``), 404);
    return c.html(returnPage(language, payment));
  });

  // Sellly sends its buyers to one address agreed beforehand, which names no payment.
  shop.get("/orders", (c) => c.html(page(languageIn(c), TEXTS[languageIn(c)].thanks, html``)));

  return shop;
}

function itemPage(language: Language) {
  const text = TEXTS[language];
  return page(
    language,
    text.item,
    html`<p>${PRICE} PLN</p>
      <form method="post" action="/buy?lang=${language}">
        <label>${text.email} <input type="email" name="email" value="buyer@example.com" autocomplete="email" required></label>
        <button name="provider" value="psc">${text.psc}</button>
        <button name="provider" value="cards">${text.cards}</button>
      </form>`,
  );
}

function returnPage(language: Language, payment: Payment) {
  const text = TEXTS[language];
  const heading = payment.state === "succeeded" ? text.paid : payment.state === "pending" ? text.waiting : text.failed;
  return page(language, heading, html`<p>${payment.orderId} · ${payment.state}</p>`);
}

function page(language: Language, heading: string, body: ReturnType<typeof html>) {
  const text = TEXTS[language];
  return html`<!doctype html>
<html lang="${language}">
  <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${heading}</title><link rel="stylesheet" href="/style.css"></head>
  <body><nav><a href="/?lang=pl" hreflang="pl">Polski</a> <a href="/?lang=en" hreflang="en">English</a></nav>
    <main><h1>${heading}</h1>${body}<p><a href="/?lang=${language}">${text.back}</a></p></main></body>
</html>`;
}

function languageIn(c: Context): Language {
  return languageOf(c.req.query("lang"), c.req.header("accept-language"));
}
