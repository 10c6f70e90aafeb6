import type { CallbackContent } from "../chaos/sequence.ts";
import type { FalseCallback } from "../gateways/gateway.ts";
import type { GatewaySet } from "./gateway-set.ts";
import type { Ledger } from "./ledger.ts";
import type { CallbackRequest, SimulatedPayment } from "./model.ts";
import type { Random } from "./random.ts";

export interface ComposeParts {
  readonly gateways: GatewaySet;
  readonly ledger: Ledger;
  readonly random: Random;
}

/** `request` is null while the gateway knows no address. */
export type Composed =
  | { readonly kind: "send"; readonly request: CallbackRequest | null }
  | { readonly kind: "nothing"; readonly reason: string };

/** Composes a payment's callback with the given content, in its gateway's format. */
export function composeCallback(content: CallbackContent, payment: SimulatedPayment, parts: ComposeParts): Composed {
  const gateway = parts.gateways.of(payment);
  const send = (request: CallbackRequest | null): Composed => ({ kind: "send", request });
  const other = parts.ledger.payments().findLast((one) => one.id !== payment.id && one.gateway === payment.gateway);

  switch (content) {
    case "genuine":
      return send(gateway.callbackRequest(payment));
    case "opposite":
      return send(gateway.callbackRequest({ ...payment, state: payment.state === "paid" ? "declined" : "paid" }));
    case "nothing":
      return nothing("the callback was dropped");
    case "wrong_secret":
      return falsified(gateway.falseCallbacks.wrong_secret?.(payment));
    case "foreign_token":
      return falsified(gateway.falseCallbacks.foreign_token?.(payment, other));
    case "unknown_id":
      return send(gateway.callbackRequest({ ...payment, id: parts.random.unlike(payment.id) }));
    case "other_id":
      if (other === undefined) return nothing("there is no other payment of this gateway");
      return send(gateway.callbackRequest({ ...payment, id: other.id }));
    default:
      return content satisfies never;
  }
}

function falsified(made: FalseCallback | undefined): Composed {
  if (made === undefined) return nothing("this gateway cannot falsify its callbacks in this way");
  if (made !== null && "kind" in made) return nothing(made.reason);
  return { kind: "send", request: made };
}

function nothing(reason: string): Composed {
  return { kind: "nothing", reason };
}
