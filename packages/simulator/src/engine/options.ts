import type { Chaos } from "../chaos/model.ts";
import type { ChaosRules } from "../chaos/rules.ts";
import type { Schedule } from "./clock.ts";
import type { GatewayTypes } from "./model.ts";
import { wholeOption } from "./option-checks.ts";

/** The simulator's own options. Each one has a default. */
export interface EngineOptions<Code extends number = number> {
  /** TCP port on 127.0.0.1. @default 0, any free port */
  readonly port?: number;
  /** Milliseconds between two deliveries of one payment's callback. @default 30_000 */
  readonly redeliveryMs?: number;
  /** Milliseconds that the shop has for a complete answer to a callback. @default 10_000 */
  readonly callbackTimeoutMs?: number;
  /** Milliseconds after which an open payment expires. @default 3_600_000 */
  readonly expiryMs?: number;
  /**
   * `real` follows the computer's clock; `virtual` moves only when `advance()` is called. `advance()` moves both.
   * @default "real"
   */
  readonly clock?: "real" | "virtual";
  /** Decides when redeliveries are due, in place of the clock. @default the clock */
  readonly schedule?: Schedule;
  /** A whole number that decides every id and every random choice. @default real randomness */
  readonly seed?: number;
  /** What goes wrong with future payments. @default nothing */
  readonly chaos?: Chaos<Code>;
}

/** {@link EngineOptions}, and each gateway's own under its name. */
export type OptionsOf<T extends GatewayTypes> = EngineOptions<T["errorCode"]> & {
  readonly [Name in T["name"]]?: Extract<T, { readonly name: Name }>["options"];
};

export interface Settings {
  readonly port: number;
  readonly redeliveryMs: number;
  readonly callbackTimeoutMs: number;
  readonly expiryMs: number;
  readonly clock: "real" | "virtual";
  readonly schedule: Schedule | null;
  readonly seed: number | null;
  readonly chaos: Chaos;
}

/**
 * Fills in the defaults. Throws a TypeError that names the option if a value is invalid, and a SimulatorFailure `bad_chaos`
 * for invalid chaos.
 */
export function resolveOptions(options: EngineOptions, rules: ChaosRules): Settings {
  return {
    port: wholeOption("port", options.port ?? 0, 0),
    redeliveryMs: wholeOption("redeliveryMs", options.redeliveryMs ?? 30_000, 0),
    callbackTimeoutMs: wholeOption("callbackTimeoutMs", options.callbackTimeoutMs ?? 10_000, 1),
    expiryMs: wholeOption("expiryMs", options.expiryMs ?? 3_600_000, 1),
    clock: clockKind(options.clock ?? "real"),
    schedule: options.schedule ?? null,
    seed: options.seed === undefined ? null : wholeOption("seed", options.seed, 0),
    chaos: rules.read(options.chaos ?? {}, "future"),
  };
}

function clockKind(kind: string): "real" | "virtual" {
  if (kind === "real" || kind === "virtual") return kind;
  throw new TypeError('clock must be "real" or "virtual"');
}
