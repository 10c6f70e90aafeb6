import { Hono } from "hono";
import type { BodyEnv } from "./body.ts";
import { admit, type CreateParts } from "./create.ts";
import { ERRORS, type ErrorCode, readSelllyRequest } from "./sellly-request.ts";
import type { SelllyShops } from "./sellly-shops.ts";

/**
 * Sellly's side of the Sellly API document: `POST /pay`.
 *
 * An error is HTTP 500 with the documented code. Where the code stands is not shown; ours is `{ status, message }`, like
 * the reply to a good request. Another content type than a form carries no fields, hence 600.
 */
export function selllyRoutes(parts: CreateParts, shops: SelllyShops, base: string): Hono<BodyEnv> {
  return new Hono<BodyEnv>().post("/pay", async (c) => {
    const type = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
    const form = type === "application/x-www-form-urlencoded" ? c.var.body : "";
    const read = readSelllyRequest(form, shops);
    const refuse = (code: number) =>
      c.json({ status: code, message: Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : ERRORS[603] }, 500);
    if (read.kind === "refused") return refuse(read.code);
    const id = parts.random.id(19);
    const pageUrl = `${base}/payment/${id}`;
    const payment = {
      id,
      gateway: "sellly" as const,
      amount: read.price,
      currency: read.currency,
      pageUrl,
      returnTo: shops.find(read.details.shopId)?.returnUrl ?? null,
      details: { ...read.details, operatorId: parts.random.id(12), paymentChannel: null },
    };
    const message = "Płatność została wygenerowana, trwa przekierowywanie...";
    return admit(c, { payment, answer: { status: 200, id, redirect_url: pageUrl, message }, error: refuse }, parts);
  });
}
