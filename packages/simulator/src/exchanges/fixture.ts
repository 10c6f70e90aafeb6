import type { GatewaySet } from "../engine/gateway-set.ts";
import type { SimulatedPayment } from "../engine/model.ts";
import { describeVerdict } from "./describe.ts";
import type { HttpExchange, HttpMessage, HttpRequestMessage } from "./model.ts";
import { redacted } from "./redact.ts";
import { STAND_INS } from "./stand-ins.ts";

/** An exchange for testing a shop or an adapter. Stand-ins replace secrets and personal data. */
export interface Fixture {
  readonly format: "pay-simulator-fixture-1";
  /** Explains the stand-ins to the reader. */
  readonly note: string;
  readonly standIns: typeof STAND_INS;
  readonly gateway: HttpExchange["gateway"];
  readonly kind: HttpExchange["kind"];
  readonly chaos: readonly string[];
  /** As transmitted, except for the stand-ins and the matching content length. Null if nothing was sent. */
  readonly request: HttpRequestMessage | null;
  readonly expected: {
    readonly verdict: HttpExchange["verdict"];
    readonly words: string;
    readonly response: HttpMessage | null;
    readonly error: string | null;
  };
}

export function fixtureOf(
  exchange: HttpExchange,
  gateways: GatewaySet,
  payments: readonly SimulatedPayment[],
): Fixture {
  const safe: HttpExchange = redacted(exchange, gateways, payments);
  const { error, gateway, kind, request, response, verdict } = safe;
  return {
    format: "pay-simulator-fixture-1",
    note: "Stand-ins replace secret keys, callback tokens, e-mail and IP addresses, and unusual header fields.",
    standIns: STAND_INS,
    gateway,
    kind,
    chaos: safe.kind === "callback" ? safe.chaos : [],
    request,
    expected: { verdict, words: describeVerdict(safe, "en", gateways), response, error },
  };
}
