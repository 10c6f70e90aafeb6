import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { type Answer, bridge, isPlain, type RawRequest } from "./bridge.ts";

/** What is mounted: a Pay, or anything with its `fetch`. */
export interface Fetching {
  readonly fetch: FetchHandler;
}

interface FetchHandler {
  (request: Request): Promise<Response>;
  /** The same as plain data: Pay's own has it, and what is wrapped around it has not. */
  readonly answer?: PlainAnswering;
}

interface PlainAnswering {
  (request: RawRequest): Promise<Answer>;
  readonly fetch: (request: Request) => Promise<Response>;
}

export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * Serves a Pay as a listener of node:http: `createServer(toNodeHandler(pay))`, or call it from a listener of your own
 * for the paths under `baseUrl`. Bodies over 64 KiB are answered 413 and slow ones 408 by Pay itself; what only a server
 * can limit is set by `limitServer`. The raw body must not have been read before.
 */
export function toNodeHandler(pay: Fetching): NodeHandler {
  const listener = getRequestListener((request) => pay.fetch(request), {
    // The app's own Request and Response stay as they are.
    overrideGlobalObjects: false,
    // What is wrong stays here: the client learns only whose fault it was.
    errorHandler: (error) =>
      error instanceof RequestError
        ? new Response("Bad request", { status: 400 })
        : new Response("Internal error", { status: 500 }),
  });
  return (incoming, outgoing) => {
    const { answer } = pay.fetch;
    void (answer?.fetch === pay.fetch && isPlain(incoming)
      ? bridge(answer, incoming, outgoing)
      : listener(incoming, outgoing));
  };
}
