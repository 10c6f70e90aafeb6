import type { ChaosRules } from "../chaos/rules.ts";
import type { ChaosStore } from "../chaos/store.ts";
import type { ExchangeLog } from "../exchanges/log.ts";
import type { Buyer } from "./buyer.ts";
import type { SimulatorClock } from "./clock.ts";
import type { Delivery } from "./deliver.ts";
import type { GatewaySet } from "./gateway-set.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";

/** The parts of one running simulator, for its pages, control API and scenarios. */
export interface SimulatorContext {
  /** The simulator's address, without a trailing slash. */
  readonly url: string;
  readonly gateways: GatewaySet;
  readonly ledger: Ledger;
  readonly exchanges: ExchangeLog;
  readonly delivery: Delivery;
  readonly buyer: Buyer;
  readonly clock: SimulatorClock;
  readonly random: Random;
  readonly chaos: ChaosStore;
  readonly chaosRules: ChaosRules;
  /** Milliseconds after which an open payment expires. */
  readonly expiryMs: number;
  /** The seed with which the simulator was started. */
  readonly seed: number | null;
  /** True if redeliveries follow the schedule of a test, so that time cannot be stopped or moved. */
  readonly isForeignClock: boolean;
}
