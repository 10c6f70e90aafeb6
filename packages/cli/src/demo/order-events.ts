import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Markup } from "./layout.ts";
import type { Orders } from "./orders.ts";

/** A page, and whether anything can happen to it yet. */
export interface Snapshot {
  readonly page: Markup;
  readonly isFinal: boolean;
}

/** Server-sent events with the order's page as it is now and after every change, until it is settled. */
export function orderEvents(c: Context, orders: Orders, id: string, look: () => Promise<Snapshot>): Response {
  // Nobody reads the stream of a HEAD, or ends it.
  if (c.req.method === "HEAD") return c.body(null);
  const send = async (stream: Parameters<Parameters<typeof streamSSE>[1]>[0]) => {
    const over = new AbortController();
    stream.onAbort(() => over.abort());
    try {
      while (!over.signal.aborted) {
        // Listened to before it is looked, so that no change falls in between.
        const changed = orders.changed(id, over.signal);
        const { page, isFinal } = await look();
        await stream.writeSSE({ data: String(page) });
        if (isFinal) over.abort();
        await changed;
      }
    } finally {
      over.abort();
    }
  };
  // hono would print what went wrong; the browser asks again by itself.
  return streamSSE(c, send, async () => {});
}
