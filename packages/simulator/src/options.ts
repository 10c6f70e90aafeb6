import type { Chaos } from "./chaos/model.ts";
import { readChaos } from "./chaos/read.ts";
import { callObjection, httpUrl } from "./loopback.ts";

/**
 * Runs `run` once after `delay` milliseconds and returns a function that cancels it. Tests hand in their own and decide
 * when a redelivery is due; the simulator uses it for nothing else. What `run` returns resolves when the delivery has ended.
 */
export type Schedule = (run: () => unknown, delay: number) => () => void;

/** A shop as Sellly knows it ("Shop ID i Secret Key" in the Sellly API document). */
export interface SelllyShop {
  /** `shop_id` of the create request. */
  readonly shopId: string;
  /** `secret_key`, in the create request and in every notification. The document calls it 256-bit. */
  readonly secretKey: string;
  /**
   * The "jointly agreed address" notifications go to. Loopback only; its own query is kept.
   * @default none: every delivery fails and is repeated until one is set
   */
  readonly notificationUrl?: string;
  /**
   * Where the buyer goes after the payment page, set up with Sellly: the API has no field for it.
   * @default a plain end page of the simulator
   */
  readonly returnUrl?: string;
}

/** What {@link startSimulator} takes; everything has a default. */
export interface SimulatorOptions {
  /** TCP port on 127.0.0.1. @default 0, a free one */
  readonly port?: number;
  /** @default one shop, {@link DEMO_SELLLY_SHOP} */
  readonly sellly?: { readonly shops?: readonly SelllyShop[] };
  /** How often a finished transaction's callback is sent at least: GOSetti.pl "may call it many times". @default 3 */
  readonly gosetti?: { readonly calls?: number };
  /** Milliseconds between two deliveries of one payment's callback. @default 30_000 */
  readonly redelivery?: number;
  /** Milliseconds the shop has to answer a callback completely. @default 10_000 */
  readonly callbackTimeout?: number;
  /** Milliseconds after which a payment nobody paid expires. @default 3_600_000 */
  readonly expiry?: number;
  /**
   * `real` follows the computer's clock, `virtual` stands still but for `advance()`. Both can be moved on.
   * @default "real"
   */
  readonly clock?: "real" | "virtual";
  /** Decides when redeliveries are due, in place of the clock. @default the clock */
  readonly schedule?: Schedule;
  /** A whole number that decides every identifier and every choice of chance. @default real chance */
  readonly seed?: number;
  /** What is to go wrong with payments to come. @default nothing */
  readonly chaos?: Chaos;
}

/** The shop that exists when none is configured. The key is no secret: it opens nothing but the simulator. */
export const DEMO_SELLLY_SHOP: SelllyShop = Object.freeze({
  shopId: "SHOP1",
  secretKey: "5e11150000000000000000000000000000000000000000000000000000000001",
});

/** Milliseconds; setTimeout takes anything longer for 1. */
const LONGEST_TIMER = 2_147_483_647;

export interface Settings {
  readonly port: number;
  readonly shops: readonly SelllyShop[];
  readonly calls: number;
  readonly redelivery: number;
  readonly callbackTimeout: number;
  readonly expiry: number;
  readonly clock: "real" | "virtual";
  readonly schedule: Schedule | null;
  readonly seed: number | null;
  readonly chaos: Chaos;
}

/**
 * Fills in the defaults. Throws a TypeError that names the option when a value cannot work, and a SimulatorFailure
 * `bad_chaos` for chaos there is none of.
 */
export function resolveOptions(options: SimulatorOptions): Settings {
  const shops = options.sellly?.shops ?? [DEMO_SELLLY_SHOP];
  shops.forEach(checkShop);
  if (new Set(shops.map(({ shopId }) => shopId)).size < shops.length) {
    throw new TypeError("sellly.shops: two shops have the same shopId");
  }
  return {
    port: whole("port", options.port ?? 0, 0),
    shops,
    calls: whole("gosetti.calls", options.gosetti?.calls ?? 3, 1),
    redelivery: whole("redelivery", options.redelivery ?? 30_000, 0),
    callbackTimeout: whole("callbackTimeout", options.callbackTimeout ?? 10_000, 1),
    expiry: whole("expiry", options.expiry ?? 3_600_000, 1),
    clock: clockKind(options.clock ?? "real"),
    schedule: options.schedule ?? null,
    seed: options.seed === undefined ? null : whole("seed", options.seed, 0),
    chaos: readChaos(options.chaos ?? {}, "to come"),
  };
}

function clockKind(kind: string): "real" | "virtual" {
  if (kind === "real" || kind === "virtual") return kind;
  throw new TypeError('clock must be "real" or "virtual"');
}

function whole(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= LONGEST_TIMER) return value;
  throw new TypeError(`${name} must be an integer from ${least} to ${LONGEST_TIMER}`);
}

function checkShop(shop: SelllyShop, index: number): void {
  const at = `sellly.shops[${index}]`;
  if (shop.shopId === "" || shop.secretKey === "") throw new TypeError(`${at}: shopId and secretKey must not be empty`);
  const objection = shop.notificationUrl === undefined ? null : callObjection(shop.notificationUrl);
  if (objection !== null) throw new TypeError(`${at}.notificationUrl ${objection}`);
  if (shop.returnUrl !== undefined && httpUrl(shop.returnUrl) === null) {
    throw new TypeError(`${at}.returnUrl must be an absolute http or https address`);
  }
}
