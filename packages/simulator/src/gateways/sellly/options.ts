import { failure } from "../../engine/failure.ts";
import { callObjection, httpUrl } from "../../engine/loopback.ts";

/** Sellly's part of the simulator's options. */
export interface SelllyOptions {
  /** @default one shop, {@link DEMO_SELLLY_SHOP} */
  readonly shops?: readonly SelllyShop[];
}

/** A shop as Sellly knows it ("Shop ID i Secret Key" in the Sellly API document). */
export interface SelllyShop {
  /** `shop_id` of the create request. */
  readonly shopId: string;
  /** `secret_key`, in the create request and in every notification. The document calls it 256-bit. */
  readonly secretKey: string;
  /**
   * The "jointly agreed address" that receives notifications. Loopback only; its own query is kept.
   * @default none: every delivery fails and is repeated until an address is set
   */
  readonly notificationUrl?: string;
  /**
   * Where the buyer goes after the payment page. It is set up with Sellly because the API has no field for it.
   * @default a plain final page of the simulator
   */
  readonly returnUrl?: string;
}

/** The shop that exists if none is configured. Its key is no secret: it opens nothing but the simulator. */
export const DEMO_SELLLY_SHOP: SelllyShop = Object.freeze({
  shopId: "SHOP1",
  secretKey: "5e11150000000000000000000000000000000000000000000000000000000001",
});

/** The shops that Sellly knows, with everything that may change while the simulator runs. */
export interface SelllyShops {
  all(): readonly SelllyShop[];
  find(shopId: string): SelllyShop | undefined;
  /** Throws `unknown_shop`, and `bad_request` for an address that is not http(s) on loopback. */
  setNotificationUrl(shopId: string, url: string): void;
  /** The shop's next valid create request is answered with code 699. Throws `unknown_shop`. */
  failNext(shopId: string): void;
  /** True once after {@link SelllyShops.failNext}. */
  takeFailure(shopId: string): boolean;
}

/** Throws a TypeError that names the option if a shop is invalid. */
export function createSelllyShops({ shops: configured = [DEMO_SELLLY_SHOP] }: SelllyOptions): SelllyShops {
  configured.forEach(checkShop);
  const shops = new Map(configured.map((shop) => [shop.shopId, { ...shop }]));
  if (shops.size < configured.length) throw new TypeError("sellly.shops must not contain the same shopId twice");
  const failing = new Set<string>();

  function get(shopId: string): SelllyShop {
    const shop = shops.get(shopId);
    if (shop === undefined) throw failure("unknown_shop", `There is no Sellly shop ${shopId}`);
    return shop;
  }

  return {
    all: () => [...shops.values()],
    find: (shopId) => shops.get(shopId),
    setNotificationUrl(shopId, url) {
      const shop = get(shopId);
      const objection = callObjection(url);
      if (objection !== null) throw failure("bad_request", `The notification address ${objection}`);
      shops.set(shopId, { ...shop, notificationUrl: url });
    },
    failNext: (shopId) => void failing.add(get(shopId).shopId),
    takeFailure: (shopId) => failing.delete(shopId),
  };
}

function checkShop(shop: SelllyShop, index: number): void {
  const path = `sellly.shops[${index}]`;
  if (shop.shopId === "" || shop.secretKey === "") {
    throw new TypeError(`${path}: shopId and secretKey must not be empty`);
  }
  const objection = shop.notificationUrl === undefined ? null : callObjection(shop.notificationUrl);
  if (objection !== null) throw new TypeError(`${path}.notificationUrl ${objection}`);
  if (shop.returnUrl !== undefined && httpUrl(shop.returnUrl) === null) {
    throw new TypeError(`${path}.returnUrl must be an absolute http or https address`);
  }
}
