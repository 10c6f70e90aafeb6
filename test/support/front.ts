import { createServer } from "node:http";
import { toNodeHandler } from "@pay/node";
import { type Listening, listening } from "../../packages/node/test/listening.ts";

/** Answers instead of a gateway, or forwards the request and may change the answer. */
export type Between = (request: Request, forward: () => Promise<Response>) => Promise<Response>;

/** A server in front of the simulated gateways. */
export function startFront(simulatorUrl: string, between: Between): Promise<Listening> {
  const handler = toNodeHandler({
    async fetch(request) {
      const { headers, method, url } = request;
      const body = await request.arrayBuffer();
      const given = new Request(url, { method, headers, ...(method === "POST" && { body }) });
      return between(given, async () => {
        const answer = await fetch(simulatorUrl + new URL(url).pathname, { method, headers: typeOf(headers), body });
        return new Response(await answer.arrayBuffer(), { status: answer.status, headers: typeOf(answer.headers) });
      });
    },
  });
  return listening(createServer(handler));
}

function typeOf(headers: Headers): { readonly "content-type": string } {
  return { "content-type": headers.get("content-type") ?? "" };
}
