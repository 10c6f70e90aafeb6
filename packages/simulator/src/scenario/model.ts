import type { Chaos } from "../chaos/model.ts";
import type { BuyerAction } from "../engine/buyer.ts";
import type { GatewayTypes, SimulatedPayment, Verdict } from "../engine/model.ts";
import type { HttpExchange } from "../exchanges/model.ts";

/**
 * One step of a scenario. Steps refer to payments by names that the scenario chooses (`as`).
 *
 * - `create`: the scenario plays the shop. `callbackUrl` is the address for callbacks, which some gateways require.
 *   `amount` (default `"19.99"`) is in PLN. `answer` (default 200) is the expected status, or `"none"` if no answer is
 *   expected.
 * - `await_create`: the shop itself creates the next payment without a name, within `withinMs` milliseconds of real time
 *   (default 10_000).
 * - `chaos`: sets the chaos of one payment, or without `payment` of future payments.
 * - `buyer`: does something on the payment page. The step ends when the callback has ended.
 * - `resend`: sends the next callback now.
 * - `advance`: moves time forward by `ms` milliseconds.
 * - `expect`: compares the payment with what it must be now. `verdict` is that of its last callback; `callbacks` is their
 *   number.
 */
export type ScenarioStep<T extends GatewayTypes = GatewayTypes> =
  | {
      readonly kind: "create";
      readonly as: string;
      readonly gateway: T["name"];
      readonly callbackUrl?: string;
      readonly amount?: string;
      readonly answer?: number | "none";
    }
  | {
      readonly kind: "await_create";
      readonly as: string;
      readonly gateway?: T["name"];
      readonly withinMs?: number;
    }
  | { readonly kind: "chaos"; readonly payment?: string; readonly chaos: Chaos<T["errorCode"]> }
  | { readonly kind: "buyer"; readonly payment: string; readonly action: BuyerAction }
  | { readonly kind: "resend"; readonly payment: string }
  | { readonly kind: "advance"; readonly ms: number }
  | {
      readonly kind: "expect";
      readonly payment: string;
      readonly state?: SimulatedPayment["state"];
      readonly verdict?: Verdict["kind"];
      readonly callbacks?: number;
    };

/** A test that repeats exactly: the same steps with the same seed produce the same exchanges. */
export interface Scenario<T extends GatewayTypes = GatewayTypes> {
  /** Decides every random choice. @default 1 */
  readonly seed?: number;
  readonly steps: readonly ScenarioStep<T>[];
}

/** The result of a step. */
export interface StepResult {
  /** Counted from 0. */
  readonly step: number;
  readonly kind: ScenarioStep["kind"];
  /** The difference from what was expected. Null if there is none. */
  readonly reason: string | null;
}

/** The result of a scenario, which ends with the first step that fails. */
export interface ScenarioResult {
  readonly ok: boolean;
  readonly seed: number;
  readonly steps: readonly StepResult[];
  /** The same in every run, byte for byte, except for times and ports. */
  readonly exchanges: readonly HttpExchange[];
}

export interface ScenarioRunner {
  /**
   * Runs a scenario on an empty simulator: payments, log and chaos are cleared first, and only the scenario's `advance`
   * moves time. Rejects: `bad_scenario`, `bad_chaos`, `busy` while another one runs, `foreign_clock`.
   */
  run(scenario: unknown): Promise<ScenarioResult>;
}
