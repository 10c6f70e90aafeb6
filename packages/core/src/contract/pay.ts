import type { PaymentEvent, PaymentEventType } from "../model/event.ts";
import type { HistoryEntry } from "../model/fact.ts";
import type { Random } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { Payment, PaymentState } from "../model/payment.ts";
import type { Refund } from "../model/refund.ts";
import type { Review, ReviewResolution } from "../model/review.ts";
import type { CheckoutRequest, CheckoutResult, ProviderNameOf, ProviderNameThatCan, Providers } from "./checkout.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { RawRequest, RawResponse } from "./raw-http.ts";
import type { Clock, Logger } from "./runtime.ts";
import type { DeliveryStatus, HandlerTransaction, PaymentStore } from "./store.ts";

/** How a Pay is put together. `P` and `D` are inferred. */
export interface PayConfig<P extends Providers, D extends ProviderNameOf<P> = never> {
  /** Adapters by instance name: letters, digits, `-` and `_`. Two accounts of one gateway are two entries. */
  readonly providers: P;
  /** The provider of checkouts that name none. */
  readonly default?: D;
  /** Providers that go on receiving what concerns their payments, and are not offered any more. @default none */
  readonly retired?: readonly ProviderNameOf<P>[];
  /**
   * Starts although open payments have no provider, or their callback address no name or key any more: nobody hears what
   * becomes of them. Without it `start()` refuses.
   *
   * @default false
   */
  readonly allowStranded?: boolean;
  readonly store: PaymentStore;
  /** Public address under which `pay.fetch` is reached, https (http only on this machine), e.g. `"https://shop.example/pay"`. */
  readonly baseUrl: string;
  /** Random text of at least 32 characters that signs callback addresses; several for rotation: the first signs, all verify. */
  readonly secret: string | readonly string[];
  /** @default warnings and errors to the console */
  readonly logger?: Logger;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default the system's randomness */
  readonly random?: Random;
  /**
   * Told of every exchange with a gateway, masked, after whoever waits for it has its answer: requests of adapters, and callbacks that
   * reached one, also those that were refused. `exchangeLog().record` keeps them. What it throws harms nothing.
   *
   * @default nobody, and nothing is put together
   */
  readonly onHttpExchange?: (exchange: HttpExchange) => void;
}

/** What a handler gets besides the event. */
export interface HandlerContext {
  /** Aborts when the handler's time is up. */
  readonly signal: AbortSignal;
}

/** What a handler gets that asked for the store's transaction. */
export interface TransactionContext extends HandlerContext {
  /** What is written through it commits together with the record that the event was delivered, or not at all. */
  readonly tx: HandlerTransaction;
}

/** One interface to the configured gateways. */
// biome-ignore lint/suspicious/noExplicitAny: `Pay` alone is any configured Pay, checked at run time
export interface Pay<P extends Providers = any, D extends ProviderNameOf<P> = any> {
  /**
   * Names a handler for a kind of event, before `start()`. It is called at least once per event, with `event.id` as the
   * key to deduplicate by; a throw is tried again, with growing delays up to a day.
   *
   * With `{ tx: true }` the handler runs in a transaction of the store, which also records the delivery: its effect happens
   * exactly once. Only stores on a database server have one (`@pay/postgres`).
   *
   * @throws PayError `INVALID_CONFIG` after `start()`, for a name used twice for one kind, or for `tx` where the store has none
   */
  on<T extends PaymentEventType>(
    type: T,
    name: string,
    handler: (event: PaymentEvent & { readonly type: T }, context: HandlerContext) => unknown,
  ): void;
  on<T extends PaymentEventType>(
    type: T,
    name: string,
    handler: (event: PaymentEvent & { readonly type: T }, context: TransactionContext) => unknown,
    options: { readonly tx: true },
  ): void;
  /**
   * Opens the store and starts delivering; the process stays alive until `close()`.
   *
   * @throws PayError `INVALID_CONFIG` if nobody handles `payment.succeeded`, or open payments would be stranded: their provider,
   * or the name or key in their callback address, is not configured any more; `STORE_UNAVAILABLE` or `STORE_INCOMPATIBLE` of the store
   */
  start(): Promise<void>;
  /**
   * Opens a payment. Resolves once the gateway's answer is stored; `next` says where the buyer goes.
   *
   * @throws PayError `INVALID_REQUEST`, `INVALID_AMOUNT`, `IDEMPOTENCY_CONFLICT`, `IN_PROGRESS`, `ORDER_ALREADY_PAID`, `NOT_STARTED`
   * before the gateway is asked; `CREATE_REJECTED`, `PROVIDER_UNAVAILABLE`, `OUTCOME_UNKNOWN`, `STORE_UNAVAILABLE` with `paymentId` after
   */
  checkout<const N extends ProviderNameOf<P> = D>(
    request: CheckoutRequest<P, N> & ([D] extends [never] ? { readonly providerName: N | readonly N[] } : unknown),
  ): Promise<CheckoutResult>;
  /**
   * Serves the addresses under `baseUrl`, for servers and frameworks that speak Fetch: mount it there. It needs no `this`.
   *
   * @example
   * ```ts
   * import { createServer } from "node:http";
   * import type { Pay } from "@pay/core";
   * import { toNodeHandler } from "@pay/node";
   *
   * declare const pay: Pay;
   * Object.assign(globalThis, { fetchHandler: pay.fetch }); // Bun, Deno, Hono, Next.js: export or mount `pay.fetch`
   * createServer(toNodeHandler(pay)).listen(3000); // node:http
   * ```
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * The same as plain data, for bridges to servers that do not speak Fetch: it builds neither a Request nor a Response, and `fetch` stands
   * on it. Where an app replaced `fetch` to guard it, `handle` is absent, so that a bridge goes through the guard.
   */
  readonly handle: (request: RawRequest) => Promise<RawResponse>;
  /**
   * Gives an open payment up: at its gateway where that can be done, and only then here. One that is closed stays as it is.
   * A success that comes all the same still counts, with a review.
   *
   * @throws PayError `ALREADY_SUCCEEDED`, `NOT_FOUND`, `NOT_STARTED`; where the gateway is asked, `CANCEL_REJECTED`,
   * `PROVIDER_UNAVAILABLE` or `OUTCOME_UNKNOWN`, and the payment stays open
   */
  cancel(id: string): Promise<Payment>;
  /**
   * Sends money of a succeeded payment back, through a provider that can. The amount is reserved by a commit before the
   * gateway is asked, so that never more goes back than was paid; a refund whose outcome is unknown is never asked for again.
   * `refund.succeeded` and `refund.failed` tell what became of it, also of one begun at the gateway.
   *
   * @throws PayError `INVALID_REQUEST`, `INVALID_AMOUNT`, `NOT_FOUND`, `NOT_REFUNDABLE`, `REFUND_EXCEEDS_PAYMENT`, `IDEMPOTENCY_CONFLICT`,
   * `IN_PROGRESS`, `NOT_STARTED` before the gateway is asked; `REFUND_REJECTED`, `OUTCOME_UNKNOWN`, `STORE_UNAVAILABLE` after
   */
  refund(providerName: ProviderNameThatCan<P, "refund">, id: string, refund: RefundRequest): Promise<Refund>;
  readonly payments: {
    get(id: string): Promise<Payment | undefined>;
    /** Payments of an order, oldest first. */
    ofOrder(orderId: string): Promise<readonly Payment[]>;
    /**
     * Payments newest first, a page at a time. A call costs the same however many there are: where few fit, it may answer fewer than
     * `limit`, or none, with a `next` to go on with.
     *
     * @throws PayError `INVALID_REQUEST` naming the field; `NOT_STARTED`, `STORE_UNAVAILABLE`
     */
    list(query?: PaymentQuery<ProviderNameOf<P>>): Promise<PaymentPage>;
    /** What happened to a payment, oldest first. */
    history(id: string): Promise<readonly HistoryEntry[]>;
    /** Refunds of a payment, oldest first. */
    refunds(id: string): Promise<readonly Refund[]>;
  };
  readonly reviews: {
    /** Open reviews, oldest first, at most 1,000. Each is logged as a warning when it is opened. */
    list(): Promise<readonly Review[]>;
    /** Reviews of a payment, open and closed, oldest first. */
    ofPayment(paymentId: string): Promise<readonly Review[]>;
    get(id: string): Promise<Review | undefined>;
    /**
     * Does something about a review. Leaves a line in the payment's history, and an action in the review.
     *
     * @throws PayError `NOT_FOUND`, `REVIEW_CLOSED`, or `INVALID_REQUEST` naming what the resolution lacks; nothing was changed
     */
    resolve(id: string, resolution: ReviewResolution): Promise<Review>;
  };
  readonly deliveries: {
    /** Who was told what of a payment. */
    list(paymentId: string): Promise<readonly DeliveryStatus[]>;
    /**
     * Tells a handler of an event again, from the first attempt, after every attempt had failed. Closes the review that
     * says so.
     *
     * @throws PayError `NOT_FOUND` if that delivery is not dead
     */
    redrive(paymentId: string, eventId: string, handler: string, by?: string): Promise<void>;
  };
  /** Takes no new work, finishes what is running, closes the store. Ends in bounded time, although the store may be gone. */
  close(): Promise<void>;
}

/** Which payments to list. All that is given has to fit. */
export interface PaymentQuery<N extends string = string> {
  readonly orderId?: string;
  /** Instance name, also of a provider that is retired. */
  readonly providerName?: N;
  readonly state?: PaymentState;
  /** Created at this moment or later. A date, or Unix milliseconds. */
  readonly from?: Date | number;
  /** Created before this moment. */
  readonly to?: Date | number;
  /** The `next` of the page before. */
  readonly after?: string;
  /** 1 to 200. @default 50 */
  readonly limit?: number;
}

export interface PaymentPage {
  /** Newest first. */
  readonly payments: readonly Payment[];
  /** To be given as `after`; there wherever there may be more. The page may be short, or empty, all the same. */
  readonly next?: string;
}

/** What to send back. */
export interface RefundRequest {
  /** In the payment's currency. @default what was not sent back yet */
  readonly amount?: Money;
  /** 1 to 200 characters. The same key never sends money back twice: a repeated call is answered as the first. */
  readonly idempotencyKey: string;
}

/** A Pay whose names the compiler does not know, as a container gives it. */
export type AnyPay = Pay;

/** What `registerPay` still needs when the app registered providers and store in its container itself. */
export type RegisteredPayConfig = Omit<PayConfig<Providers, string>, "providers" | "store"> &
  Partial<Pick<PayConfig<Providers, string>, "providers" | "store">>;
