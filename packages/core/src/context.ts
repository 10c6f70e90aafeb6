import type { Health } from "./contract/health.ts";
import type { RegisteredPayConfig } from "./contract/pay.ts";
import type { ProviderTraits } from "./contract/provider.ts";
import type { AnyProvider } from "./contract/providers.ts";
import type { Clock, Logger } from "./contract/runtime.ts";
import type { PaymentStore } from "./contract/store.ts";
import type { Handler } from "./delivery/handler.ts";
import type { ExchangeReports } from "./exchanges/report-exchanges.ts";
import type { Refusals } from "./http/refusals.ts";
import type { Ids, Random } from "./model/ids.ts";
import type { Payment } from "./model/payment.ts";
import type { InTurn } from "./runtime/ask-in-turn.ts";
import type { InFlight } from "./runtime/in-flight.ts";
import type { LimitedLogger } from "./runtime/limited-log.ts";
import type { Places } from "./runtime/places.ts";
import type { Keyring } from "./security/keyring.ts";

/** The dependencies of all steps of a payment's life. `lifecycle.ts` makes one per Pay; nothing in it changes after `start()`. */
export interface Context {
  readonly store: PaymentStore;
  readonly clock: Clock;
  /** Unix milliseconds, by the clock. */
  readonly now: () => number;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Logs what anyone on the internet can cause, at most once a minute. */
  readonly rarely: LimitedLogger;
  readonly keyring: Keyring;

  /** By configured name, retired ones too: each still receives what concerns its payments. */
  readonly providers: ReadonlyMap<string, AnyProvider>;
  /** Those that take new payments. */
  readonly offeredProviders: ReadonlyMap<string, AnyProvider>;
  readonly defaultProviderName: string | undefined;
  /** The traits of the provider that has this account. */
  readonly traitsOf: (merchantAccount: string) => ProviderTraits | undefined;
  /** The accounts without a provider whose payments `start()` found, and `allowStranded` gave up. */
  readonly strandedAccounts: ReadonlySet<string>;
  /** How long a gateway has to answer a create. */
  readonly createTimeoutMs: number;

  /** Public address of Pay, without a final slash. */
  readonly baseUrl: string;
  /** Its path alone, without a final slash. */
  readonly basePath: string;

  readonly handlers: readonly Handler[];
  /** The app's own listener. */
  readonly onHandlerError?: RegisteredPayConfig["onHandlerError"];
  /** Called after a commit that left events to deliver. */
  readonly wakeDelivery: () => void;
  /** Called after a commit that scheduled a status check, with its time in Unix milliseconds. */
  readonly wakeStatusChecks: (dueAt: number) => void;

  /** Called after a commit by which this payment paid its order. */
  readonly orderPaid: (payment: Payment) => void;

  readonly isRunning: () => boolean;
  readonly health: () => Promise<Health>;
  /** Work that `close()` waits for. */
  readonly inFlight: InFlight;
  /** Aborts the questions about payments that still run at the deadline of `close()`. Whatever is cut, another process asks again. */
  readonly cutQuestions: AbortController;
  /** Asks one question per payment at a time. */
  readonly inTurn: InTurn;
  /** Places for questions that callbacks without proof cause, by merchant account. */
  readonly questions: Places;
  /** Counts callbacks that were not acknowledged, for the operator. */
  readonly refusals: Refusals;
  /** Absent unless the app wants to see what is exchanged with gateways. */
  readonly exchanges?: ExchangeReports | undefined;
}
