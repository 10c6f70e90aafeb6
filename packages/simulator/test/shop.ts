import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ShopRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ShopAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** Ends the connection instead of answering. */
  readonly hangUp?: boolean;
}

export interface Shop {
  readonly url: string;
  readonly requests: readonly ShopRequest[];
  close(): Promise<void>;
}

/** A shop's server on node:http; `answer` is asked for each request, in order, counted from 1. */
export async function startShop(
  answer: (request: ShopRequest, count: number) => ShopAnswer | Promise<ShopAnswer>,
): Promise<Shop> {
  const requests: ShopRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await text(incoming);
    const request = { method: incoming.method!, url: incoming.url!, headers: incoming.headers, body };
    requests.push(request);
    const reply = await answer(request, requests.length);
    if (reply.hangUp) return void outgoing.destroy();
    outgoing.writeHead(reply.status ?? 200, { "content-type": reply.type ?? "text/plain", ...reply.headers });
    outgoing.end(reply.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a shop answers to GOSetti.pl's callback. */
export function sendBuyerTo(url: unknown): ShopAnswer {
  return { type: "application/json", body: JSON.stringify({ RedirectUrl: url }) };
}
