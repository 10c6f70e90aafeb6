import type { SimulatedPayment } from "../../engine/model.ts";
import type { HttpExchange } from "../../exchanges/model.ts";
import type { StandIn } from "../../exchanges/stand-ins.ts";
import type { KnownSecrets } from "../gateway.ts";
import type { GosettiTypes } from "./model.ts";

/** By the names that the document gives them. */
export const SECRET_FIELDS: Readonly<Record<string, StandIn>> = { ClientIp: "ip" };

/** The buyers' IP addresses and the shops' callback addresses: of all payments, and of this exchange. */
export function knownSecrets(
  payments: readonly SimulatedPayment<GosettiTypes>[],
  exchange: HttpExchange,
): KnownSecrets {
  return {
    values: payments.map(({ details }) => [details.clientIp, "ip"]),
    addresses: [...payments.map(({ details }) => details.callbackUrl), ...addressesIn(exchange)],
  };
}

/** A false callback calls an address that no payment has; a refused create request has made no payment. */
function addressesIn({ gateway, kind, request }: HttpExchange): readonly string[] {
  if (gateway !== "gosetti" || request === null) return [];
  if (kind === "callback") return [request.url];
  if (request.body.kind !== "text") return [];
  const named = /"CallbackUrl"\s*:\s*"([^"]*)"/.exec(request.body.text)?.[1];
  return named === undefined ? [] : [named];
}
