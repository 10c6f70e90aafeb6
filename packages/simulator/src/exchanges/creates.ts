import { STATUS_CODES } from "node:http";
import type { Context, MiddlewareHandler } from "hono";
import type { SimulatorClock } from "../engine/clock.ts";
import type { BodyEnv } from "../http/body.ts";
import { bodyOf, fieldsOf } from "./bytes.ts";
import type { ExchangeLog } from "./log.ts";
import type { CreateVerdict, HttpMessage } from "./model.ts";

/** Logs the create requests of a gateway when they have ended. Register it before everything that may answer. */
export function logCreates(gateway: string, exchanges: ExchangeLog, clock: SimulatorClock): MiddlewareHandler<BodyEnv> {
  return async (c, next) => {
    const startedAt = clock.iso();
    await next();
    const { incoming } = c.env;
    const response = c.get("isCut") ? null : await responseMessage(c.res.clone());
    exchanges.add({
      kind: "create",
      gateway,
      payment: c.get("payment") ?? null,
      startedAt,
      request: {
        method: c.req.method,
        url: c.req.url,
        start: `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`,
        headers: fieldsOf(incoming),
        body: bodyOf(c.get("bytes") ?? new Uint8Array()),
      },
      response,
      error: response === null ? "the connection ended without an answer" : null,
      verdict: verdictOf(c),
    });
  };
}

function verdictOf(c: Context<BodyEnv>): CreateVerdict {
  const fault = c.get("fault") ?? null;
  if (fault !== null) return { kind: "fault", fault };
  return { kind: c.get("payment") === undefined ? "refused" : "created" };
}

async function responseMessage(response: Response): Promise<HttpMessage> {
  return {
    start: `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`.trimEnd(),
    headers: [...response.headers],
    body: bodyOf(new Uint8Array(await response.arrayBuffer())),
  };
}
