import { Hono } from "hono";
import type { SimulatorContext } from "../engine/context.ts";
import { logCreates } from "../exchanges/creates.ts";
import { hostedRoutes } from "../hosted/routes.ts";
import { testerRoutes } from "../pages/routes.ts";
import { styleOf } from "../pages/style.ts";
import type { ScenarioRunner } from "../scenario/model.ts";
import { type BodyEnv, readBody } from "./body.ts";
import { controlRoutes } from "./control.ts";
import { createRoutes } from "./create-routes.ts";
import { guard } from "./guard.ts";

/** Bytes, far more than any documented request has. */
const REQUEST_LIMIT_BYTES = 65_536;

/** Everything that the simulator serves on its one origin: pages, stylesheet, control API and the gateways. */
export function createApp(context: SimulatorContext, scenarios: ScenarioRunner): Hono<BodyEnv> {
  const { clock, exchanges, gateways } = context;
  const app = new Hono<BodyEnv>();
  // Before everything that may answer, so that refused requests are logged as well.
  for (const gateway of gateways.all) {
    app.post(`/${gateway.name}${gateway.createPath}`, logCreates(gateway.name, exchanges, clock));
  }
  app.use(guard());
  app.use(readBody(REQUEST_LIMIT_BYTES));
  app.route("/", testerRoutes(context));
  const style = styleOf(gateways.all);
  app.get("/style.css", (c) => c.body(style, 200, { "content-type": "text/css; charset=utf-8" }));
  for (const gateway of gateways.all) {
    app.route(`/${gateway.name}`, createRoutes(gateway, context));
    app.route(`/${gateway.name}`, hostedRoutes(gateway, context));
  }
  app.route("/api", controlRoutes(context, scenarios));
  // hono's own handler would print the error, but the simulator prints nothing.
  app.onError((_error, c) => c.text("The simulator failed", 500));
  return app;
}
