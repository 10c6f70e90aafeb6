import type { BuyerAction } from "../buyer.ts";
import type { Chaos } from "../chaos/model.ts";
import type { Exchange } from "../exchange/model.ts";
import type { SimulatedPayment, Verdict } from "../ledger.ts";

/**
 * One thing that happens. Payments have names that the scenario gives them (`as`).
 *
 * - `create`: the scenario plays the shop. `callbackUrl` is GOSetti.pl's `CallbackUrl`, or the notification address of the
 *   first Sellly shop from then on. `amount` (default `"19.99"`) is PLN. `answer` (default 200) is the status that is to
 *   come back, `"none"` when none is.
 * - `await_create`: a payment of the shop's own, the next without a name, has been created and answered `within`
 *   milliseconds of real time (default 10_000).
 * - `chaos`: of one payment, or without `payment` of those to come.
 * - `buyer`: does something on the payment page; the step ends when the callback has ended.
 * - `resend`: the next callback is sent now.
 * - `advance`: time moves on by milliseconds.
 * - `expect`: what the payment is to be like now. `verdict` is its last callback's, `callbacks` counts them.
 */
export type ScenarioStep =
  | {
      readonly kind: "create";
      readonly as: string;
      readonly gateway: SimulatedPayment["gateway"];
      readonly callbackUrl?: string;
      readonly amount?: string;
      readonly answer?: number | "none";
    }
  | {
      readonly kind: "await_create";
      readonly as: string;
      readonly gateway?: SimulatedPayment["gateway"];
      readonly within?: number;
    }
  | { readonly kind: "chaos"; readonly payment?: string; readonly chaos: Chaos }
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

/** What happens, in order. */
export interface Scenario {
  /** Decides every choice of chance. @default 1 */
  readonly seed?: number;
  readonly steps: readonly ScenarioStep[];
}

/** How a step went. */
export interface StepResult {
  /** From 0. */
  readonly step: number;
  readonly kind: ScenarioStep["kind"];
  /** What was not as it should be; null when all was. */
  readonly why: string | null;
}

/** How a scenario went. It ends with the first step that was not as it should be. */
export interface ScenarioResult {
  readonly ok: boolean;
  readonly seed: number;
  readonly steps: readonly StepResult[];
  /** The same in every run, byte for byte, except for times and ports. */
  readonly exchanges: readonly Exchange[];
}
