import { failure } from "../../engine/failure.ts";
import type { CallbackRequest } from "../../engine/model.ts";
import { postAsShop } from "../../scenario/post-as-shop.ts";
import type { ScenarioOrder } from "../gateway.ts";
import type { SelllyShops } from "./options.ts";

/**
 * The create request of the first shop. The API has no field for the callback address, so `callbackUrl` becomes the shop's
 * notification address from now on.
 */
export function shopRequest(
  { amount, callbackUrl }: ScenarioOrder,
  selllyUrl: string,
  shops: SelllyShops,
): CallbackRequest {
  const shop = shops.all()[0];
  if (shop === undefined) throw failure("unknown_shop", "There is no Sellly shop: add one to the option sellly.shops");
  if (callbackUrl !== undefined) shops.setNotificationUrl(shop.shopId, callbackUrl);
  const form = new URLSearchParams({
    shop_id: shop.shopId,
    secret_key: shop.secretKey,
    operator: "cashbill",
    currency_code: "PLN",
    price: amount,
    language_code: "pl",
    buyer_email: "buyer@example.com",
    ip: "192.0.2.1",
  });
  return postAsShop(`${selllyUrl}/pay`, "application/x-www-form-urlencoded", form.toString());
}
