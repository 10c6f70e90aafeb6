import type { Random } from "../../engine/random.ts";
import type { FalseCallbacks } from "../gateway.ts";
import { callbackRequest } from "./callbacks.ts";
import type { SelllyTypes } from "./model.ts";
import type { SelllyShops } from "./options.ts";

/** A notification proves its origin by `secret_key`: a false one carries another key. */
export function createFalseCallbacks(shops: SelllyShops, random: Random): FalseCallbacks<SelllyTypes> {
  return {
    wrong_secret(payment) {
      const key = shops.find(payment.details.shopId)?.secretKey;
      return callbackRequest(payment, shops, key && random.unlike(key));
    },
    foreign_token(payment) {
      const foreign = shops.all().find(({ shopId }) => shopId !== payment.details.shopId);
      if (foreign !== undefined) return callbackRequest(payment, shops, foreign.secretKey);
      return { kind: "impossible", reason: "there is no other Sellly shop whose key could be sent" };
    },
  };
}
