import type { MiddlewareHandler } from "hono";

/** What {@link readBody} leaves for the routes. */
export interface BodyEnv {
  readonly Variables: { readonly body: string };
}

/**
 * Reads the request's body as text into `c.var.body`, and answers 413 beyond `limit` bytes. hono's bodyLimit makes a new
 * Request of a chunked body, which fails here: the server does not put its own Request in place of the global one.
 */
export function readBody(limit: number): MiddlewareHandler<BodyEnv> {
  return async (c, next) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const reader = c.req.raw.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      length += part.value.length;
      // The rest stays unread, not cancelled: that would cut the connection before the answer.
      if (length > limit) return c.text("The request body is too long", 413);
      chunks.push(part.value);
    }
    c.set("body", Buffer.concat(chunks).toString("utf8"));
    await next();
  };
}
