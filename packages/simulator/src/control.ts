import { Hono } from "hono";
import type { BodyEnv } from "./body.ts";
import { BUYER_ACTIONS, type Buyer } from "./buyer.ts";
import { readChaos } from "./chaos/read.ts";
import type { ChaosStore } from "./chaos/store.ts";
import type { SimulatorClock } from "./clock.ts";
import type { Delivery } from "./deliver.ts";
import { curlOf } from "./exchange/curl.ts";
import { fixtureOf } from "./exchange/fixture.ts";
import type { ExchangeLog } from "./exchange/log.ts";
import type { Exchange } from "./exchange/model.ts";
import { inWords } from "./exchange/words.ts";
import { failure, isSimulatorFailure, type SimulatorFailureCode } from "./failure.ts";
import { parseObject } from "./json.ts";
import type { Ledger } from "./ledger.ts";
import type { ScenarioRunner } from "./scenario/run.ts";
import type { SelllyShops } from "./sellly-shops.ts";

const STATUS = {
  unknown_payment: 404,
  unknown_shop: 404,
  unknown_exchange: 404,
  already_finished: 409,
  not_finished: 409,
  bad_request: 400,
  bad_chaos: 400,
  bad_scenario: 400,
  foreign_clock: 409,
  busy: 409,
  closed: 503,
} as const satisfies Record<SimulatorFailureCode, number>;

export interface ControlParts {
  readonly ledger: Ledger;
  readonly buyer: Buyer;
  readonly delivery: Delivery;
  readonly shops: SelllyShops;
  readonly chaos: ChaosStore;
  readonly exchanges: ExchangeLog;
  readonly clock: SimulatorClock;
  readonly scenarios: ScenarioRunner;
}

/** The control API under `/api`, ours entirely. Errors are `{ error: <code>, message }`. */
export function controlRoutes(parts: ControlParts): Hono<BodyEnv> {
  const { buyer, chaos, clock, delivery, exchanges, ledger, scenarios, shops } = parts;
  const api = new Hono<BodyEnv>();

  api.get("/payments", (c) => c.json({ payments: ledger.payments() }));
  api.get("/payments/:id", (c) => c.json({ payment: ledger.get(c.req.param("id")) }));
  for (const action of BUYER_ACTIONS) {
    api.post(`/payments/:id/${action}`, async (c) => {
      const id = c.req.param("id");
      const outcome = await buyer.act(id, action);
      return c.json({ buyer: outcome, payment: ledger.get(id) });
    });
  }

  api.post("/payments/:id/resend", async (c) => {
    const { id } = ledger.get(c.req.param("id"));
    await delivery.resend(id);
    return c.json({ payment: ledger.get(id) });
  });

  api.get("/chaos", (c) => c.json({ chaos: chaos.get() }));
  api.put("/chaos", (c) => c.json({ chaos: chaos.set(parseObject(c.var.body)) }));
  api.post("/chaos/release", (c) => c.json({ released: chaos.release() }));
  api.get("/payments/:id/chaos", (c) => c.json({ chaos: ledger.get(c.req.param("id")).chaos }));
  api.put("/payments/:id/chaos", (c) => {
    const { id } = ledger.get(c.req.param("id"));
    ledger.change(id, { chaos: readChaos(parseObject(c.var.body), "made") });
    delivery.replan(id);
    return c.json({ chaos: ledger.get(id).chaos });
  });

  const shown = (exchange: Exchange) => ({ ...exchange, words: inWords(exchange, "en") });
  const numbered = (n: string): Exchange => exchanges.get(/^\d+$/.test(n) ? Number(n) : 0);
  api.get("/exchanges", (c) => {
    const id = c.req.query("payment");
    const known = id === undefined ? null : ledger.get(id).id;
    const all = exchanges.all().filter(({ payment }) => known === null || payment === known);
    return c.json({ exchanges: all.map(shown) });
  });
  api.get("/exchanges/:n", (c) => c.json({ exchange: shown(numbered(c.req.param("n"))) }));
  api.get("/exchanges/:n/curl", (c) => c.text(`${curlOf(numbered(c.req.param("n")))}\n`));
  api.get("/exchanges/:n/fixture", (c) => {
    const exchange = numbered(c.req.param("n"));
    c.header("content-disposition", `attachment; filename="${exchange.gateway}-${exchange.kind}-${exchange.n}.json"`);
    return c.json(fixtureOf(exchange, { payments: ledger.payments(), shops: shops.all() }));
  });

  api.get("/clock", (c) => c.json({ now: clock.iso(), isStill: clock.isStill() }));
  api.post("/clock/advance", async (c) => {
    await clock.advance(wholeJump(parseObject(c.var.body)?.ms));
    return c.json({ now: clock.iso() });
  });

  api.post("/scenario", async (c) => c.json(await scenarios.run(parseObject(c.var.body))));

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

/** A year, in milliseconds: what is planned later than that is a mistake. */
const LONGEST_JUMP = 31_536_000_000;

/** Milliseconds time may be moved on by. Throws `bad_request`. */
export function wholeJump(ms: unknown): number {
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_JUMP) return ms;
  throw failure("bad_request", `Time moves on by a whole number of milliseconds, "ms", from 0 to ${LONGEST_JUMP}`);
}

function readUrl(text: string): string {
  const body = parseObject(text);
  if (typeof body?.url === "string") return body.url;
  throw failure("bad_request", 'The body must be JSON: { "url": "http://127.0.0.1:…" }');
}
