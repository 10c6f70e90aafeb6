import type { SimulatedGateway } from "./gateway.ts";
import * as gateways from "./list.ts";

type Listed = (typeof gateways)[keyof typeof gateways];
type TypesOf<G> = G extends SimulatedGateway<infer T> ? T : never;

/** The types of every registered gateway. */
export type Registered = TypesOf<Listed>;

/** The registered gateways. */
export const GATEWAYS: readonly Listed[] = Object.values(gateways satisfies Record<string, SimulatedGateway>);
