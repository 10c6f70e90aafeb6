import { failure } from "./failure.ts";
import { callObjection } from "./loopback.ts";
import type { SelllyShop } from "./options.ts";

/** The shops Sellly knows, with what may change while the simulator runs. */
export interface SelllyShops {
  all(): readonly SelllyShop[];
  find(shopId: string): SelllyShop | undefined;
  /** Throws `unknown_shop`, and `bad_request` for an address that is not http(s) on loopback. */
  setNotificationUrl(shopId: string, url: string): void;
  /** The shop's next valid create request is answered with code 699. Throws `unknown_shop`. */
  failNext(shopId: string): void;
  /** Whether a failure was asked for; asking again says no. */
  takeFailure(shopId: string): boolean;
}

export function createSelllyShops(configured: readonly SelllyShop[]): SelllyShops {
  const shops = new Map(configured.map((shop) => [shop.shopId, { ...shop }]));
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
