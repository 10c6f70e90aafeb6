import { callUntil } from "../adapter-kit/http.ts";
import type { HttpExchange } from "../contract/http-exchange.ts";
import type { Call, CallbackReply, ParsedCallback } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { createInFlight } from "../runtime/in-flight.ts";
import { createExchangeReports } from "./report-exchanges.ts";

/** The exchanges of one adapter that runs without a Pay, as an operator would see them. */
export interface WatchedHttpExchanges {
  /** Makes a call whose requests are recorded. The buyer is unknown here, so fields can only be masked by their names. */
  call(callbackUrl: string): Call;
  /** Records a callback, its parsed form, and the adapter's reply. */
  receive(
    request: { readonly method: string; readonly url: string; readonly body: Uint8Array },
    parsed: ParsedCallback,
    reply: CallbackReply,
  ): void;
  /** The recorded exchanges, masked. */
  seen(): Promise<readonly HttpExchange[]>;
}

/** Records and masks the exchanges of an adapter as a Pay does, for tests of adapters. */
export async function watchHttpExchanges(provider: AnyProvider): Promise<WatchedHttpExchanges> {
  const exchanged: HttpExchange[] = [];
  const inFlight = createInFlight();
  const reports = createExchangeReports({
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
      const watch = reports.received({ providerName, provider, method, url });
      watch.notes.parsed = parsed;
      watch.finish(reply, body);
    },
    async seen() {
      await inFlight.ended();
      return exchanged;
    },
  };
}
