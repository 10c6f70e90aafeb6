import type { html } from "hono/html";

/** What hono's `html` returns: text in which inserted values are escaped. */
export type Markup = ReturnType<typeof html>;
