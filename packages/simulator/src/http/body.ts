import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import type { CreateFault } from "../chaos/model.ts";

/** What {@link readBody} leaves for the routes, and what a create request leaves for the log. */
export interface BodyEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: {
    /** The body as text. */
    body: string;
    bytes: Buffer;
    /** The payment that a create request has made. */
    payment?: string;
    /** The fault that applied to a create request. */
    fault?: CreateFault["kind"] | null;
    /** True if a create request got no answer. */
    isCut?: boolean;
  };
}

/**
 * Reads the request's body into `c.var` and answers 413 if it is longer than `limit` bytes. hono's bodyLimit makes a new
 * Request of a chunked body, which fails here because the server does not replace the global Request.
 */
export function readBody(limit: number): MiddlewareHandler<BodyEnv> {
  return async (c, next) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const reader = c.req.raw.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      length += part.value.length;
      // The rest stays unread. Cancelling it would cut the connection before the answer.
      if (length > limit) return c.text("The request body is too long", 413);
      chunks.push(part.value);
    }
    const bytes = Buffer.concat(chunks);
    c.set("bytes", bytes);
    c.set("body", bytes.toString("utf8"));
    await next();
  };
}
