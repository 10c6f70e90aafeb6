import type { GatewayTools, RunningGateway, SimulatedGateway } from "../gateways/gateway.ts";
import type { SimulatedPayment } from "./model.ts";

/** A gateway with its behaviour in this simulator. */
export interface StartedGateway extends Omit<SimulatedGateway, "start">, RunningGateway {}

/** The gateways of one simulator. */
export interface GatewaySet {
  readonly all: readonly StartedGateway[];
  of(payment: Pick<SimulatedPayment, "gateway">): StartedGateway;
}

/** `options` are the simulator's: each gateway's own are under its name. */
export function startGateways(
  gateways: readonly SimulatedGateway[],
  options: Readonly<Record<string, unknown>>,
  tools: GatewayTools,
): GatewaySet {
  const all = gateways.map((gateway): StartedGateway => {
    const { start: _start, ...fixed } = gateway;
    return { ...fixed, ...gateway.start((Object.hasOwn(options, gateway.name) && options[gateway.name]) || {}, tools) };
  });
  const byName = new Map(all.map((gateway) => [gateway.name, gateway]));
  return { all, of: ({ gateway }) => byName.get(gateway)! };
}

/** The address of a gateway; `origin` is the simulator's. */
export function urlOf(gateway: Pick<SimulatedGateway, "name">, origin: string): string {
  return `${origin}/${gateway.name}`;
}
