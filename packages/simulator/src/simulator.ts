import { createSimulator, type SimulatorOf } from "./engine/create-simulator.ts";
import type { OptionsOf } from "./engine/options.ts";
import { GATEWAYS, type Registered } from "./gateways/index.ts";

/** The gateways on 127.0.0.1, running until `close()`. */
export type Simulator = SimulatorOf<Registered>;

/** The options of {@link startSimulator}. Each one has a default. */
export type SimulatorOptions = OptionsOf<Registered>;

/**
 * Starts the simulator. Rejects if `NODE_ENV` is `production`, because nothing may mistake it for a gateway that takes
 * money; with a TypeError that names the option if an option is invalid; and with Node's error if the port is in use.
 *
 * @example
 * ```ts
 * import { startSimulator } from "@pay/simulator";
 *
 * const simulator = await startSimulator({ clock: "virtual", redeliveryMs: 1_000 });
 * // The shop creates a payment at one of the gateways' addresses.
 * const [payment] = simulator.payments();
 * if (payment !== undefined) await simulator.act(payment.id, "pay");
 * await simulator.close();
 * ```
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return createSimulator<Registered>(GATEWAYS, options);
}
