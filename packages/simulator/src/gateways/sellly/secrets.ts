import type { SimulatedPayment } from "../../engine/model.ts";
import type { StandIn } from "../../exchanges/stand-ins.ts";
import type { KnownSecrets } from "../gateway.ts";
import type { SelllyTypes } from "./model.ts";
import type { SelllyShops } from "./options.ts";

/** By the names that the document gives them. */
export const SECRET_FIELDS: Readonly<Record<string, StandIn>> = {
  secret_key: "secretKey",
  email: "email",
  buyer_email: "email",
  ip: "ip",
};

/** The shops' keys and addresses, and the buyers of all payments. */
export function knownSecrets(payments: readonly SimulatedPayment<SelllyTypes>[], shops: SelllyShops): KnownSecrets {
  return {
    values: [
      ...shops.all().map(({ secretKey }) => [secretKey, "secretKey"] as const),
      ...payments.flatMap(({ details }) => [[details.email, "email"] as const, [details.ip, "ip"] as const]),
    ],
    addresses: shops.all().flatMap(({ notificationUrl = "", returnUrl = "" }) => [notificationUrl, returnUrl]),
  };
}
