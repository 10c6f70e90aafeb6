import { callObjection, httpUrl } from "./loopback.ts";

/**
 * Runs `run` once after `delay` milliseconds and returns a function that cancels it. Tests hand in their own and decide
 * when a redelivery is due; the simulator uses it for nothing else.
 */
export type Schedule = (run: () => void, delay: number) => () => void;

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
  /** @default setTimeout and clearTimeout */
  readonly schedule?: Schedule;
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
  readonly schedule: Schedule;
}

/** Fills in the defaults. Throws a TypeError that names the option when a value cannot work. */
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
    schedule: options.schedule ?? scheduleByClock,
  };
}

function scheduleByClock(run: () => void, delay: number): () => void {
  const timer = setTimeout(run, delay);
  return () => clearTimeout(timer);
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
