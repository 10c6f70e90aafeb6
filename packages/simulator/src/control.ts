import { Hono } from "hono";
import type { BodyEnv } from "./body.ts";
import type { Buyer, BuyerAction } from "./buyer.ts";
import { failure, isSimulatorFailure, type SimulatorFailureCode } from "./failure.ts";
import { parseObject } from "./json.ts";
import type { Ledger } from "./ledger.ts";
import type { SelllyShops } from "./sellly-shops.ts";

const STATUS = {
  unknown_payment: 404,
  unknown_shop: 404,
  already_finished: 409,
  bad_request: 400,
  closed: 503,
} as const satisfies Record<SimulatorFailureCode, number>;

const ACTIONS: readonly BuyerAction[] = ["pay", "decline", "leave"];

/** The control API under `/api`, ours entirely. Errors are `{ error: <code>, message }`. */
export function controlRoutes(ledger: Ledger, buyer: Buyer, shops: SelllyShops): Hono<BodyEnv> {
  const api = new Hono<BodyEnv>();

  api.get("/payments", (c) => c.json({ payments: ledger.payments() }));
  api.get("/payments/:id", (c) => c.json({ payment: ledger.get(c.req.param("id")) }));
  for (const action of ACTIONS) {
    api.post(`/payments/:id/${action}`, async (c) => {
      const id = c.req.param("id");
      const outcome = await buyer.act(id, action);
      return c.json({ buyer: outcome, payment: ledger.get(id) });
    });
  }

  api.get("/callbacks", (c) => {
    const id = c.req.query("payment");
    if (id === undefined) return c.json({ callbacks: ledger.callbacks() });
    const { id: known } = ledger.get(id);
    return c.json({ callbacks: ledger.callbacks().filter(({ payment }) => payment === known) });
  });

  api.put("/sellly/shops/:shopId/notification-url", (c) => {
    const shopId = c.req.param("shopId");
    const notificationUrl = readUrl(c.var.body);
    shops.setNotificationUrl(shopId, notificationUrl);
    return c.json({ shopId, notificationUrl });
  });
  api.post("/sellly/shops/:shopId/upstream-failure", (c) => {
    shops.failNext(c.req.param("shopId"));
    return c.json({ shopId: c.req.param("shopId"), next: 699 });
  });

  api.all("*", (c) =>
    c.json({ error: "not_found", message: `No ${c.req.method} ${c.req.path} in the control API` }, 404),
  );
  api.onError((error, c) => {
    if (isSimulatorFailure(error)) return c.json({ error: error.code, message: error.message }, STATUS[error.code]);
    return c.json({ error: "internal", message: error.message }, 500);
  });
  return api;
}

function readUrl(text: string): string {
  const body = parseObject(text);
  if (typeof body?.url === "string") return body.url;
  throw failure("bad_request", 'The body must be JSON: { "url": "http://127.0.0.1:…" }');
}
