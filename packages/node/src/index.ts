export type { RawRequest, RawResponse } from "./bridge.ts";
export type { Mountable, NodeHandler } from "./handler.ts";
export { toNodeHandler } from "./handler.ts";
export type { PayServerOptions, ServerLimits } from "./server.ts";
export { createPayServer, limitServer } from "./server.ts";
