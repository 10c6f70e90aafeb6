import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

/** What is mounted: a Pay, or anything with its `fetch`. */
export interface Fetching {
  readonly fetch: FetchHandler;
}

interface FetchHandler {
  (request: Request): Promise<Response>;
  /** The same as plain data: Pay's own has it, and what is wrapped around it has not. */
  readonly answer?: (request: Request) => Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * Serves a Pay as a listener of node:http: `createServer(toNodeHandler(pay))`, or call it from a listener of your own
 * for the paths under `baseUrl`. Bodies over 64 KiB are answered 413 and slow ones 408 by Pay itself; what only a server
 * can limit is set by `limitServer`. The raw body must not have been read before.
 */
export function toNodeHandler(pay: Fetching): NodeHandler {
  const listener = getRequestListener(
    (request, { outgoing }) => respond(pay.fetch, request, outgoing as ServerResponse),
    {
      // The app's own Request and Response stay as they are.
      overrideGlobalObjects: false,
      // What is wrong stays here: the client learns only whose fault it was.
      errorHandler: (error) =>
        error instanceof RequestError
          ? new Response("Bad request", { status: 400 })
          : new Response("Internal error", { status: 500 }),
    },
  );
  return (incoming, outgoing) => {
    void listener(incoming, outgoing);
  };
}

async function respond(fetch: FetchHandler, request: Request, outgoing: ServerResponse): Promise<Response> {
  if (fetch.answer === undefined) return fetch(request);
  const { body, headers = {}, status } = await fetch.answer(request);
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  outgoing.end(body);
  return RESPONSE_ALREADY_SENT;
}
