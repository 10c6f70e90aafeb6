import { callUntil } from "../adapter-kit/http.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";
import type { Call, CallbackReply, ParsedCallback } from "../contract/provider.ts";
import { createInFlight } from "../runtime/in-flight.ts";
import { createExchangeReports } from "./report-exchanges.ts";

/** Exchanges of one adapter that runs without a Pay, as an operator would see them. */
export interface WatchedHttpExchanges {
  /** A call whose requests are seen. Nothing is known of the buyer: the fields have to be masked by their names. */
  call(callbackUrl: string): Call;
  /** A callback, what the adapter took it for, and what it replied. */
  receive(
    request: { readonly method: string; readonly url: string; readonly body: Uint8Array },
    parsed: ParsedCallback,
    reply: CallbackReply,
  ): void;
  /** What was seen so far, masked. */
  seen(): Promise<readonly HttpExchange[]>;
}

/** For tests of adapters: masks what is exchanged as a Pay does. */
export async function watchHttpExchanges(provider: AnyProvider): Promise<WatchedHttpExchanges> {
  const exchanged: HttpExchange[] = [];
  const inFlight = createInFlight();
  const reports = await createExchangeReports({
    onHttpExchange: (exchange) => exchanged.push(exchange),
    now: Date.now,
    logger: { info() {}, warn() {}, error() {} },
    inFlight,
  });
  const providerName = provider.name;
  return {
    call: (callbackUrl) =>
      callUntil(new AbortController(), Date.now, reports.sentBy({ providerName, provider, callbackUrl })),
    receive({ body, method, url }, parsed, reply) {
      const watch = reports.received({ providerName, provider, method, url, body });
      watch.notes.parsed = parsed;
      watch.finish(reply);
    },
    async seen() {
      await inFlight.ended();
      return exchanged;
    },
  };
}
