import { streamSSE } from "hono/streaming";
import type { App, RouteParts } from "./context.ts";
import { createLive } from "./live.ts";
import { readSearch } from "./search.ts";

/**
 * `GET /events` with the fields of a search: says `changed` when the first page of what it finds is another than the one that was
 * `seen`. It says no more than that, and nothing of payments: the page is then fetched as by anybody.
 */
export function eventsRoute(app: App, parts: RouteParts): void {
  const { timeZone, view } = parts;
  const live = createLive(parts);

  app.get("/events", (c) => {
    const search = readSearch((name) => (name === "after" ? "" : c.req.query(name)), view(c).texts, timeZone);
    if (Object.keys(search.wrong).length > 0) return c.body(null, 400);
    // Only the head is sent then, so nobody would ever leave.
    if (c.req.method === "HEAD") return c.body(null);
    // A browser that lost the connection says itself what it heard last.
    let seen = c.req.header("last-event-id") ?? c.req.query("seen");
    return streamSSE(c, async (stream) => {
      const listening = live.listen(JSON.stringify(search.query), search.query);
      stream.onAbort(() => listening.leave());
      if (stream.aborted) return;
      let print = await listening.next();
      for (; print !== undefined && !stream.aborted; print = await listening.next()) {
        if (print === seen || print === "") {
          // Keeps the connection from being taken for a dead one.
          await stream.write(": still the same\n\n");
          continue;
        }
        seen = print;
        await stream.writeSSE({ event: "changed", id: print, data: "" });
      }
      listening.leave();
    });
  });
}
