import { Hono } from "hono";
import { parseObject } from "../../engine/content.ts";
import { failure } from "../../engine/failure.ts";
import type { BodyEnv } from "../../http/body.ts";
import type { SimulatedGateway } from "../gateway.ts";
import { callbackRequest, judgeAnswer } from "./callbacks.ts";
import { ERROR_CODES, errorAnswer } from "./create-errors.ts";
import { createFalseCallbacks } from "./false-callbacks.ts";
import type { SelllyTypes } from "./model.ts";
import { createSelllyShops, type SelllyShops } from "./options.ts";
import { PAGE } from "./payment-page.ts";
import { readCreate } from "./read-create.ts";
import { knownSecrets, SECRET_FIELDS } from "./secrets.ts";
import { shopRequest } from "./shop-request.ts";
import { STYLE } from "./style.ts";
import { TEXTS } from "./texts.ts";

/** Sellly, from the Sellly API document (in Polish). */
export const sellly: SimulatedGateway<SelllyTypes> = {
  name: "sellly",
  texts: TEXTS,
  style: STYLE,
  createPath: "/pay",
  idLength: 19,
  errorCodes: ERROR_CODES,
  returnUrlComesFrom: "create",
  scenarioNeedsCallbackUrl: false,
  secretFields: SECRET_FIELDS,
  start(options, { random, redeliveryMs }) {
    const shops = createSelllyShops(options);
    return {
      handle: (selllyUrl) => ({ selllyUrl, setSelllyNotificationUrl: shops.setNotificationUrl }),
      readCreate: (request) => readCreate(request, shops, random),
      errorAnswer,
      callbackRequest: (payment) => callbackRequest(payment, shops),
      judgeAnswer: (_payment, sent) => judgeAnswer(sent, redeliveryMs),
      falseCallbacks: createFalseCallbacks(shops, random),
      page: PAGE,
      secrets: (payments) => knownSecrets(payments, shops),
      shopRequest: (order, url) => shopRequest(order, url, shops),
      controlRoutes: () => controlRoutes(shops),
    };
  },
};

function controlRoutes(shops: SelllyShops): Hono<BodyEnv> {
  const api = new Hono<BodyEnv>();
  api.put("/shops/:shopId/notification-url", (c) => {
    const shopId = c.req.param("shopId");
    const notificationUrl = readUrl(c.var.body);
    shops.setNotificationUrl(shopId, notificationUrl);
    return c.json({ shopId, notificationUrl });
  });
  api.post("/shops/:shopId/upstream-failure", (c) => {
    const shopId = c.req.param("shopId");
    shops.failNext(shopId);
    return c.json({ shopId, next: 699 });
  });
  return api;
}

function readUrl(text: string): string {
  const body = parseObject(text);
  if (typeof body?.url === "string") return body.url;
  throw failure("bad_request", 'The body must be JSON: { "url": "http://127.0.0.1:…" }');
}
