import { randomBytes, randomUUID } from "node:crypto";
import type { AnyPay } from "@pay/core";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { LIVE, STYLE } from "./assets.ts";
import { type CheckoutParts, checkout } from "./checkout.ts";
import { headers } from "./headers.ts";
import { ITEMS } from "./items.ts";
import { languageOf } from "./languages.ts";
import type { Links } from "./layout.ts";
import { orderEvents, type Snapshot } from "./order-events.ts";
import { isFinal, orderState } from "./order-state.ts";
import type { Order } from "./orders.ts";
import { messagePage, orderPage, shopPage, type View } from "./pages.ts";
import { type Language, TEXTS } from "./texts.ts";

/** The part of Pay that the shop's pages use. */
export type DemoPay = Pick<AnyPay, "checkout" | "payments" | "deliveries" | "reviews">;

export interface ShopParts extends CheckoutParts {
  readonly links: Links;
}

/** Identifies the browser, so that a buyer finds their orders again. It gives access to them. */
const COOKIE = "pay_demo_buyer";
/** Bytes. The shop's forms are far smaller. */
const FORM_LIMIT = 16_384;

/** Three items, two ways to pay, and the pages to which a buyer returns. Polish and English. */
export function shopPages({ links, ...parts }: ShopParts): Hono {
  const { orders, pay } = parts;
  const shop = new Hono();
  const viewOf = (c: Context, ordered?: Language): View => ({ language: languageOf(c, ordered), links });
  const ordersIn = (c: Context) => orders.ofBuyer(getCookie(c, COOKIE) ?? "");
  const orderIn = (c: Context) => ordersIn(c).find(({ id }) => id === c.req.param("id"));

  shop.use(headers(links));
  shop.use(bodyLimit({ maxSize: FORM_LIMIT }));
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

  // Another payment of the same order. If both are paid in the end, Pay opens a review, and the goods are delivered once.
  shop.post("/orders/:id/pay", async (c) => {
    const order = orderIn(c);
    if (order === undefined) return unknown(c);
    const form = new URLSearchParams(await c.req.text());
    return toPayment(c, order, form, form.get("key") ?? randomUUID());
  });

  // Sellly sends its buyers to one address agreed beforehand, which names no payment: the cookie identifies the buyer's orders.
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
  // hono's own handler would print the error.
  shop.onError((_error, c) => c.text("The shop failed", 500));
  return shop;

  async function toPayment(c: Context, order: Order, form: URLSearchParams, key: string): Promise<Response> {
    const view = viewOf(c);
    const outcome = await checkout(parts, order, view.language, form, key);
    if (outcome.kind === "redirect") return c.redirect(outcome.url, 303);
    const { nothingTaken, refused } = TEXTS[view.language];
    return c.html(messagePage(view, refused, `${nothingTaken} (${outcome.what})`), 400);
  }

  async function look(c: Context, { id, language }: Order): Promise<Snapshot> {
    const payments = await pay.payments.ofOrder(id);
    // Read again, because the order may have changed since the stream was requested.
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
