import { Hono } from "hono";
import type { BodyEnv } from "./body.ts";
import { randomId } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import { ERRORS, readSelllyRequest } from "./sellly-request.ts";
import type { SelllyShops } from "./sellly-shops.ts";

/**
 * Sellly's side of the Sellly API document: `POST /pay`.
 *
 * An error is HTTP 500 with the documented code. Where the code stands is not shown; ours is `{ status, message }`, like
 * the reply to a good request. Another content type than a form carries no fields, hence 600.
 */
export function selllyRoutes(ledger: Ledger, shops: SelllyShops, base: string): Hono<BodyEnv> {
  return new Hono<BodyEnv>().post("/pay", (c) => {
    const type = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
    const form = type === "application/x-www-form-urlencoded" ? c.var.body : "";
    const read = readSelllyRequest(form, shops);
    if (read.kind === "refused") return c.json({ status: read.code, message: ERRORS[read.code] }, 500);
    const id = randomId(19);
    const pageUrl = `${base}/payment/${id}`;
    ledger.add({
      id,
      gateway: "sellly",
      amount: read.price,
      currency: read.currency,
      state: "open",
      pageUrl,
      returnTo: shops.find(read.details.shopId)?.returnUrl ?? null,
      createdAt: new Date().toISOString(),
      finishedAt: null,
      details: { ...read.details, operatorId: randomId(12), paymentChannel: null },
    });
    const message = "Płatność została wygenerowana, trwa przekierowywanie...";
    return c.json({ status: 200, id, redirect_url: pageUrl, message });
  });
}
