import { Hono } from "hono";
import { BUYER_ACTIONS } from "../engine/buyer.ts";
import { parseObject } from "../engine/content.ts";
import type { SimulatorContext } from "../engine/context.ts";
import { isSimulatorFailure, type SimulatorFailureCode } from "../engine/failure.ts";
import { curlOf } from "../exchanges/curl.ts";
import { describeVerdict } from "../exchanges/describe.ts";
import { fixtureOf } from "../exchanges/fixture.ts";
import type { HttpExchange } from "../exchanges/model.ts";
import type { ScenarioRunner } from "../scenario/model.ts";
import type { BodyEnv } from "./body.ts";
import { readJump } from "./read-jump.ts";

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

/** The control API under `/api`, which no gateway has. Errors are `{ error: <code>, message }`. */
export function controlRoutes(context: SimulatorContext, scenarios: ScenarioRunner): Hono<BodyEnv> {
  const { clock, gateways, ledger } = context;
  const api = new Hono<BodyEnv>();

  addPayments(api, context);
  addChaos(api, context);
  addExchanges(api, context);

  api.get("/clock", (c) => c.json({ now: clock.iso(), isStill: clock.isStill() }));
  api.post("/clock/advance", async (c) => {
    await clock.advance(readJump(parseObject(c.var.body)?.ms));
    return c.json({ now: clock.iso() });
  });

  api.post("/scenario", async (c) => c.json(await scenarios.run(parseObject(c.var.body))));

  api.get("/callbacks", (c) => {
    const id = c.req.query("payment");
    if (id === undefined) return c.json({ callbacks: ledger.callbacks() });
    const { id: known } = ledger.get(id);
    return c.json({ callbacks: ledger.callbacks().filter(({ payment }) => payment === known) });
  });

  for (const { controlRoutes: own, name } of gateways.all) {
    if (own !== undefined) api.route(`/${name}`, own());
  }

  api.all("*", (c) =>
    c.json({ error: "not_found", message: `The control API has no ${c.req.method} ${c.req.path}` }, 404),
  );
  api.onError((error, c) => {
    if (isSimulatorFailure(error)) return c.json({ error: error.code, message: error.message }, STATUS[error.code]);
    return c.json({ error: "internal", message: error.message }, 500);
  });
  return api;
}

function addPayments(api: Hono<BodyEnv>, { buyer, delivery, ledger }: SimulatorContext): void {
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
}

function addChaos(api: Hono<BodyEnv>, { chaos, chaosRules, delivery, ledger }: SimulatorContext): void {
  api.get("/chaos", (c) => c.json({ chaos: chaos.get() }));
  api.put("/chaos", (c) => c.json({ chaos: chaos.set(parseObject(c.var.body)) }));
  api.post("/chaos/release", (c) => c.json({ released: chaos.release() }));
  api.get("/payments/:id/chaos", (c) => c.json({ chaos: ledger.get(c.req.param("id")).chaos }));
  api.put("/payments/:id/chaos", (c) => {
    const { id } = ledger.get(c.req.param("id"));
    ledger.change(id, { chaos: chaosRules.read(parseObject(c.var.body), "existing") });
    delivery.replan(id);
    return c.json({ chaos: ledger.get(id).chaos });
  });
}

function addExchanges(api: Hono<BodyEnv>, { exchanges, gateways, ledger }: SimulatorContext): void {
  const shown = (exchange: HttpExchange) => ({ ...exchange, words: describeVerdict(exchange, "en", gateways) });
  const numbered = (n: string): HttpExchange => exchanges.get(/^\d+$/.test(n) ? Number(n) : 0);
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
    return c.json(fixtureOf(exchange, gateways, ledger.payments()));
  });
}
