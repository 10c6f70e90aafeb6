import { streamSSE } from "hono/streaming";
import type { App, RouteParts } from "./context.ts";
import { createLive } from "./live.ts";
import { readSearch } from "./search.ts";

/**
 * `GET /events` with the fields of a search: sends `changed` when the first page of its results differs from the one that was
 * `seen`. The event carries no payment data. The browser fetches the page again with its own session.
 */
export function eventsRoute(app: App, parts: RouteParts): void {
  const { timeZone, view } = parts;
  const live = createLive(parts);

  app.get("/events", (c) => {
    const search = readSearch((name) => (name === "after" ? "" : c.req.query(name)), view(c).texts, timeZone);
    if (Object.keys(search.wrong).length > 0) return c.body(null, 400);
    // A HEAD request gets no stream, so nothing would ever end it.
    if (c.req.method === "HEAD") return c.body(null);
    // A browser that reconnects sends the last id that it received.
    let seen = c.req.header("last-event-id") ?? c.req.query("seen");
    return streamSSE(c, async (stream) => {
      const listening = live.listen(JSON.stringify(search.query), search.query);
      stream.onAbort(() => listening.leave());
      if (stream.aborted) return;
      let digest = await listening.next();
      for (; digest !== undefined && !stream.aborted; digest = await listening.next()) {
        if (digest === seen || digest === "") {
          // Keeps proxies from closing the connection as idle.
          await stream.write(": still the same\n\n");
          continue;
        }
        seen = digest;
        await stream.writeSSE({ event: "changed", id: digest, data: "" });
      }
      listening.leave();
    });
  });
}
