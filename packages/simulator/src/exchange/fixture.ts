import type { CallbackExchange, CreateExchange, Exchange, HttpMessage, HttpRequestMessage } from "./model.ts";
import { type Known, redacted, STAND_INS } from "./redact.ts";
import { inWords } from "./words.ts";

/** An exchange to test a shop or an adapter with. Secrets and personal data in it are stand-ins. */
export interface Fixture {
  readonly format: "pay-simulator-fixture-1";
  /** What the stand-ins are, for people. */
  readonly note: string;
  readonly standIns: typeof STAND_INS;
  readonly gateway: Exchange["gateway"];
  readonly kind: Exchange["kind"];
  readonly chaos: readonly string[];
  /** As it was written, but for the stand-ins and the content length that goes with them. Null: nothing was sent. */
  readonly request: HttpRequestMessage | null;
  readonly expected: {
    readonly verdict: (CreateExchange | CallbackExchange)["verdict"];
    readonly words: string;
    readonly response: HttpMessage | null;
    readonly error: string | null;
  };
}

export function fixtureOf(exchange: Exchange, known: Known): Fixture {
  const safe: Exchange = redacted(exchange, known);
  const { error, gateway, kind, request, response, verdict } = safe;
  return {
    format: "pay-simulator-fixture-1",
    note: "Secret keys, callback tokens, e-mail and IP addresses, and header fields beyond the usual are stand-ins.",
    standIns: STAND_INS,
    gateway,
    kind,
    chaos: safe.kind === "callback" ? safe.chaos : [],
    request,
    expected: { verdict, words: inWords(safe, "en"), response, error },
  };
}
