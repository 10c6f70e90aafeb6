export type { Fetching, NodeHandler } from "./handler.ts";
export { toNodeHandler } from "./handler.ts";
export { createPayServer, limitServer } from "./server.ts";
