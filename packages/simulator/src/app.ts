import { Hono } from "hono";
import { type BodyEnv, readBody } from "./body.ts";
import { type ControlParts, controlRoutes } from "./control.ts";
import type { CreateParts } from "./create.ts";
import { logCreates } from "./exchange/creates.ts";
import { gosettiRoutes } from "./gosetti.ts";
import { guard } from "./guard.ts";
import { type PageParts, pageRoutes } from "./hosted/routes.ts";
import type { Addresses } from "./pages/home.ts";
import { testerRoutes } from "./pages/routes.ts";
import { selllyRoutes } from "./sellly.ts";
import { STYLE } from "./style.ts";

/** Bytes. No documented request comes near it. */
const REQUEST_LIMIT = 65_536;

export interface AppParts extends PageParts, ControlParts, CreateParts {
  readonly addresses: Addresses;
}

/** Everything the simulator serves, on one origin: home, stylesheet, both gateways, control API. */
export function createApp({ addresses, ...parts }: AppParts): Hono<BodyEnv> {
  const app = new Hono<BodyEnv>();
  app.post("/gosetti/Api/PaySafeCardTransactionCreate.php", logCreates("gosetti", parts.exchanges, parts.clock));
  app.post("/sellly/pay", logCreates("sellly", parts.exchanges, parts.clock));
  app.use(guard());
  app.use(readBody(REQUEST_LIMIT));
  app.route("/", testerRoutes({ ...parts, addresses }));
  app.get("/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.route("/gosetti", gosettiRoutes(parts, addresses.gosettiUrl));
  app.route("/gosetti", pageRoutes("gosetti", parts));
  app.route("/sellly", selllyRoutes(parts, parts.shops, addresses.selllyUrl));
  app.route("/sellly", pageRoutes("sellly", parts));
  app.route("/api", controlRoutes(parts));
  // hono's own handler would print the error; a guest in somebody's test run stays silent.
  app.onError((_error, c) => c.text("The simulator failed", 500));
  return app;
}
