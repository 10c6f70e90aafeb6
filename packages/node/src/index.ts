export type { Mountable, NodeHandler, RawRequest, RawResponse } from "./handler.ts";
export { toNodeHandler } from "./handler.ts";
export type { PayServerOptions, ServerLimits } from "./server.ts";
export { createPayServer, limitServer } from "./server.ts";
