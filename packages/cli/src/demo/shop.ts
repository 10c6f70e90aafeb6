import { randomBytes, randomUUID } from "node:crypto";
import type { Language } from "@pay/i18n";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { LIVE, STYLE } from "./assets.ts";
import { type CheckoutParts, checkout } from "./checkout.ts";
import { headers } from "./headers.ts";
import { ITEMS } from "./items.ts";
import { languageOf } from "./language-of.ts";
import type { Links } from "./layout.ts";
import { orderEvents, type Snapshot } from "./order-events.ts";
import { isFinal, orderState } from "./order-state.ts";
import type { Order } from "./orders.ts";
import { messagePage, orderPage, shopPage, type View } from "./pages.ts";
import { TEXTS } from "./texts/index.ts";

export interface ShopParts extends CheckoutParts {
  readonly links: Links;
}

/** Identifies the browser, so that buyers find their orders again. It is the only thing that protects them. */
const COOKIE = "pay_demo_buyer";
/** Far more than the shop's forms need. */
const FORM_LIMIT_BYTES = 16_384;

/** The shop: three items, two payment methods, and the pages to which buyers return. */
export function shopPages({ links, ...parts }: ShopParts): Hono {
  const { orders, pay } = parts;
  const shop = new Hono();
  const viewOf = (c: Context, ordered?: Language): View => ({ language: languageOf(c, ordered), links });
  const ordersIn = (c: Context) => orders.ofBuyer(getCookie(c, COOKIE) ?? "");
  const orderIn = (c: Context) => ordersIn(c).find(({ id }) => id === c.req.param("id"));

  shop.use(headers(links));
  shop.use(bodyLimit({ maxSize: FORM_LIMIT_BYTES }));
  shop.get("/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  shop.get("/live.js", (c) => c.body(LIVE, 200, { "content-type": "text/javascript; charset=utf-8" }));
  shop.get("/", (c) => c.html(shopPage(viewOf(c), ordersIn(c))));

  shop.post("/buy", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const key = form.get("key") ?? randomUUID();
    const order = orders.place(key, {
      buyer: ordersIn(c)[0]?.buyer ?? randomBytes(24).toString("base64url"),
      item: ITEMS.find(({ id }) => id === form.get("item")) ?? ITEMS[0],
      language: languageOf(c),
    });
    setCookie(c, COOKIE, order.buyer, { httpOnly: true, sameSite: "Lax" });
    return toPayment(c, order, form, key);
  });

  // Another payment of the same order. If the buyer pays both, Pay reports it, and the order is still delivered once.
  shop.post("/orders/:id/pay", async (c) => {
    const order = orderIn(c);
    if (order === undefined) return unknown(c);
    const form = new URLSearchParams(await c.req.text());
    return toPayment(c, order, form, form.get("key") ?? randomUUID());
  });

  // Sellly returns all buyers to one fixed address that names no payment, so the cookie identifies their orders.
  shop.get("/orders", async (c) => {
    const [newest] = ordersIn(c);
    if (newest !== undefined) return c.html((await look(c, newest)).page);
    const { noOrderWhy, thanks } = TEXTS[languageOf(c)];
    return c.html(messagePage(viewOf(c), thanks, noOrderWhy));
  });
  shop.get("/orders/:id", async (c) => {
    const order = orderIn(c);
    return order === undefined ? unknown(c) : c.html((await look(c, order)).page);
  });
  shop.get("/orders/:id/events", (c) => {
    const order = orderIn(c);
    return order === undefined ? unknown(c) : orderEvents(c, orders, order.id, () => look(c, order));
  });

  shop.notFound(unknown);
  // The default handler of hono would print the error.
  shop.onError((_error, c) => c.text("The shop failed", 500));
  return shop;

  async function toPayment(c: Context, order: Order, form: URLSearchParams, key: string): Promise<Response> {
    const view = viewOf(c);
    const outcome = await checkout(parts, order, view.language, form, key);
    if (outcome.kind === "redirect") return c.redirect(outcome.url, 303);
    const { badEmail, nothingTaken, refused } = TEXTS[view.language];
    const { code, field } = outcome;
    // The e-mail address is the only field that the buyer writes.
    const why =
      field === "buyer.email" ? badEmail : `${nothingTaken} (${field === undefined ? code : `${code}: ${field}`})`;
    return c.html(messagePage(view, refused, why), 400);
  }

  async function look(c: Context, { id, language }: Order): Promise<Snapshot> {
    const { payments } = await pay.orders.get(id);
    // Read again, because the order may have changed since the stream was opened.
    const order = orders.get(id)!;
    return {
      page: orderPage(viewOf(c, language), order, payments),
      isFinal: isFinal(order, orderState(payments)),
    };
  }

  function unknown(c: Context): Response | Promise<Response> {
    const { noOrder, noOrderWhy } = TEXTS[languageOf(c)];
    return c.html(messagePage(viewOf(c), noOrder, noOrderWhy), 404);
  }
}
