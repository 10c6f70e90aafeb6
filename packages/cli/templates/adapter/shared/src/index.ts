export type { TemplateGatewayOptions } from "./template-gateway.ts";
export { adapter, templateGateway } from "./template-gateway.ts";
