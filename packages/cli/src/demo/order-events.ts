import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Markup } from "./layout.ts";
import type { Orders } from "./orders.ts";

/** A page, and whether it can still change. */
export interface Snapshot {
  readonly page: Markup;
  readonly isFinal: boolean;
}

/** Server-sent events with the order's current page, now and after every change, until the order is final. */
export function orderEvents(c: Context, orders: Orders, id: string, look: () => Promise<Snapshot>): Response {
  // A HEAD request gets no stream, because nothing would read or end it.
  if (c.req.method === "HEAD") return c.body(null);
  const send = async (stream: Parameters<Parameters<typeof streamSSE>[1]>[0]) => {
    const over = new AbortController();
    stream.onAbort(() => over.abort());
    try {
      while (!over.signal.aborted) {
        // The listener is added before the page is made, so that no change falls in between.
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
  // Without a handler, hono would print the error. The browser reconnects by itself.
  return streamSSE(c, send, async () => {});
}
