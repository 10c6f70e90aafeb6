import { type AnyPay, isPayError } from "@pay/core";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { html } from "hono/html";
import { type App, type ConsoleEnv, type RouteParts, routeParts } from "./context.ts";
import { createTokens, type Tokens } from "./csrf.ts";
import { eventsRoute } from "./events-route.ts";
import { failingRoutes } from "./failing.ts";
import { MOST_FAILING } from "./failing-marks.ts";
import { isOwnForm, withHeaders } from "./guard.ts";
import { layout } from "./layout.ts";
import { type ConsoleOptions, checkOptions, type Settings } from "./options.ts";
import { paymentRoutes } from "./payment-routes.ts";
import { className, problemText, statusOf } from "./problem.ts";
import { reviewRoutes } from "./review-routes.ts";
import { SCRIPT } from "./script.ts";
import { statisticsRoute } from "./statistics-page.ts";
import { STYLE } from "./style.ts";

export interface Console {
  /** Serves requests whose address includes the whole `basePath`. It never rejects, and works without `this`. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/** The longest note has 2,000 characters, and a form encodes each in at most nine bytes. */
const FORM_LIMIT_BYTES = 65_536;

/**
 * Creates the operator's web page of a Pay: payments with their timelines, reviews, deliveries and statistics. Only requests for
 * which `authorize` returns an operator are served.
 *
 * @throws PayError `INVALID_CONFIG` naming the option. `authorize` is required.
 *
 * @example
 * ```ts
 * import { createConsole, type Operator } from "@pay/console";
 * import type { Pay } from "@pay/core";
 *
 * declare const pay: Pay;
 * declare function operatorOf(cookie: string | null): Promise<Operator | undefined>;
 *
 * const panel = createConsole(pay, { authorize: ({ headers }) => operatorOf(headers.get("cookie")) });
 * const response = await panel.fetch(new Request("https://shop.example/console"));
 * ```
 */
export function createConsole(pay: AnyPay, options: ConsoleOptions): Console {
  const settings = checkOptions(pay, options);
  const tokens = createTokens(settings.key, () => settings.clock.now());
  const app = createApp(routeParts(settings, tokens), tokens);
  return {
    async fetch(request) {
      const operator = await operatorOf(settings, request);
      if (typeof operator === "number") return withHeaders(new Response(null, { status: operator }));
      return withHeaders(await app.fetch(request, { operator }));
    },
  };
}

/** The operator's name, or the status of the response without one. */
async function operatorOf({ authorize, logger }: Settings, request: Request): Promise<string | 401 | 500> {
  try {
    const operator = await authorize(request);
    const name = operator ? operator.name : undefined;
    return typeof name === "string" && name.trim() !== "" ? name.trim() : 401;
  } catch (error) {
    logger.error("The console's authorize threw.", { error: className(error) });
    return 500;
  }
}

function createApp(parts: RouteParts, tokens: Tokens): App {
  const { logger, view } = parts;
  const app = new Hono<ConsoleEnv>({ strict: false }).basePath(parts.basePath);
  const refused = (c: Context<ConsoleEnv>, reason: "forged" | "tooLarge", status: 403 | 413) => {
    const v = view(c);
    const { words } = v.texts;
    return c.html(layout(v, { title: words.problem, path: "/" }, html`<p>${words[reason]}</p>`), status);
  };
  app.use(bodyLimit({ maxSize: FORM_LIMIT_BYTES, onError: (c) => refused(c, "tooLarge", 413) }));
  app.use(async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    const isForm = c.req.header("content-type")?.startsWith("application/x-www-form-urlencoded") === true;
    const form = new URLSearchParams(isForm ? await c.req.text() : "");
    const isOurs = isOwnForm(c.req.raw) && tokens.isValid(form.get("token") ?? "", c.env.operator);
    if (!isOurs) return refused(c, "forged", 403);
    c.set("form", form);
    return next();
  });
  app.get("/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/live.js", (c) => c.body(SCRIPT, 200, { "content-type": "text/javascript; charset=utf-8" }));
  eventsRoute(app, parts);
  app.use(async (c, next) => {
    c.set("failing", await parts.pay.deliveries.failing({ limit: MOST_FAILING }).catch(() => undefined));
    return next();
  });
  paymentRoutes(app, parts);
  reviewRoutes(app, parts);
  failingRoutes(app, parts);
  statisticsRoute(app, parts);
  app.notFound((c) => {
    const v = view(c);
    return c.html(layout(v, { title: v.texts.words.missing, path: "/" }, html``), 404);
  });
  app.onError((error, c) => {
    const v = view(c);
    const frame = { title: v.texts.words.problem, path: "/" };
    if (isPayError(error)) return c.html(layout(v, frame, problemText(v, error)), statusOf(error));
    logger.error("The console failed.", { error: className(error) });
    return c.html(layout(v, frame, html`<p>${v.texts.words.broken}</p>`), 500);
  });
  return app;
}
