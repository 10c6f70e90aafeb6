import type { EventOf } from "../model/event.ts";
import type { EventType } from "../model/event-types.ts";
import type { HistoryEntry, RecordedStatus } from "../model/fact.ts";
import type { Random } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { Order } from "../model/order.ts";
import type { Payment, PaymentState } from "../model/payment.ts";
import type { Refund } from "../model/refund.ts";
import type { Review, ReviewResolution } from "../model/review.ts";
import type { CheckoutRequest, CheckoutResult } from "./checkout.ts";
import type { Health } from "./health.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { ProviderNameOf, ProviderNameThatCan, Providers } from "./providers.ts";
import type { RawRequest, RawResponse } from "./raw-http.ts";
import type { Clock, Logger } from "./runtime.ts";
import type { Delivery, DeliveryStatus, FailingDelivery, HandlerTransaction, PaymentStore } from "./store.ts";

/** The configuration of a Pay. TypeScript infers `P` and `D`. */
export interface PayConfig<P extends Providers, D extends ProviderNameOf<P> = never> {
  /**
   * Adapters by configured name: 1 to 63 letters, digits, `-` and `_`, the first a letter or digit. The name is in callback addresses and
   * in each payment. Two merchant accounts at one gateway are two entries.
   */
  readonly providers: P;
  /** The provider of checkouts that name no provider. @default none: each checkout names one */
  readonly default?: D;
  /** Providers that take no new payments but still receive callbacks and status checks for the payments they have. @default none */
  readonly retired?: readonly ProviderNameOf<P>[];
  /**
   * Lets `start()` succeed although open payments are stranded: their provider, or the name or key in their callback address, is
   * missing from the configuration, so Pay will not learn their outcome.
   *
   * @default false: `start()` rejects
   */
  readonly allowStranded?: boolean;
  /** Keeps the payments: `sqliteStore`, `postgresStore`, or `memoryStore` for tests. */
  readonly store: PaymentStore;
  /** Public address of `pay.fetch`, e.g. `"https://shop.example/pay"`. It must be https; http is allowed for this machine only. */
  readonly baseUrl: string;
  /** Random text of at least 32 characters that signs callback addresses. To rotate it, give a list: the first signs, all verify. */
  readonly secret: string | readonly string[];
  /**
   * Any logger with these functions. The loggers of pino, winston, bunyan, roarr, tslog, log4js and consola and the `PinoLogger` of
   * nestjs-pino fit as they are, and keep the fields.
   *
   * @default writes warnings and errors to the console
   */
  readonly logger?: Logger;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's source of randomness */
  readonly random?: Random;
  /**
   * Called with each masked request and callback, after the response was returned: the requests of adapters, and the callbacks at
   * the addresses of providers, refused ones included. Pay ignores what it throws. `httpExchangeLog().record` keeps exchanges in memory.
   *
   * @default absent: Pay does not assemble or mask exchanges
   */
  readonly onHttpExchange?: (exchange: HttpExchange) => void;
  /**
   * Called each time an attempt of a delivery failed, with what the handler threw, unmasked and with its `cause`, and with the delivery.
   * If the handler took too long, the error is `Error: timed out`. An attempt that `close()` cuts off is no failure. Pay ignores what the function throws, and does not wait for it. Pay
   * itself stores and logs only a short masked line.
   *
   * @default absent
   */
  readonly onHandlerError?: (error: unknown, delivery: Delivery) => unknown;
}

/** What a handler receives besides the event. */
export interface HandlerContext {
  /** Aborts when the handler's time (30 seconds) is up. */
  readonly signal: AbortSignal;
}

/** What a handler with `{ tx: true }` receives. */
export interface TransactionContext extends HandlerContext {
  /** Statements run through it commit together with the record that the event was delivered, or roll back with it. */
  readonly tx: HandlerTransaction;
}

/** One interface to all configured gateways. `createPay` makes it. */
// biome-ignore lint/suspicious/noExplicitAny: `Pay` alone is any configured Pay, checked at run time
export interface Pay<P extends Providers = any, D extends ProviderNameOf<P> = any> {
  /**
   * Registers a handler for one type of event, before `start()`. Pay calls it at least once per event; deduplicate its effects by
   * `event.id`. If it throws or rejects, Pay calls it again with growing delays of up to a day, ten times in all.
   *
   * With `{ tx: true }` the handler runs in a transaction of the store that also records the delivery, so its statements take effect
   * exactly once. Only stores on a database server support this (`@pay/postgres`).
   *
   * Every process that registers a type and name gets a share of their deliveries, so register the same function in all of them. A script
   * that registers another one takes deliveries from the shop: read with `openPay` instead.
   *
   * @param name identifies the handler across restarts; keep it when you change the code
   * @throws PayError `INVALID_CONFIG` after `start()`, if the name is registered twice for one type, or for `tx` without support in the
   * store
   *
   * @example
   * ```ts
   * import type { Pay } from "@pay/core";
   *
   * declare const pay: Pay;
   * declare function deliverOnce(orderId: string, eventId: string): Promise<void>;
   *
   * pay.on("payment.succeeded", "deliver-order", async (event) => {
   *   // Of a superseded payment, the amount is not what the order costs: a person decides.
   *   if (event.superseded === undefined) await deliverOnce(event.payment.orderId, event.id);
   * });
   *
   * // With @pay/postgres: the row and the delivery commit together.
   * pay.on(
   *   "refund.succeeded",
   *   "book-refund",
   *   async (event, { tx }) => {
   *     await tx.query("INSERT INTO bookings (id, minor_units) VALUES ($1, $2)", [event.refund?.id, event.refund?.amount.value]);
   *   },
   *   { tx: true },
   * );
   * ```
   */
  on<T extends EventType>(
    type: T,
    name: string,
    handler: (event: EventOf<T>, context: HandlerContext) => unknown,
  ): void;
  on<T extends EventType>(
    type: T,
    name: string,
    handler: (event: EventOf<T>, context: TransactionContext) => unknown,
    options: { readonly tx: true },
  ): void;
  /**
   * Opens the store and starts to deliver events. The process stays alive until `close()`.
   *
   * @throws PayError `INVALID_CONFIG` if it was called before and did not fail, if no handler is registered for `payment.succeeded`, or if
   * open payments are stranded (their provider, or the name or key in their callback address, is missing from the configuration);
   * `STORE_UNAVAILABLE`, `STORE_INCOMPATIBLE` or `INVALID_CONFIG` from the store. After a failure you may call it again
   */
  start(): Promise<void>;
  /**
   * Opens a payment and creates it at the gateway. Resolves after the gateway's answer was committed; `next` tells where to send the
   * buyer. The amount is what the order costs from then on: its payments of other amounts are superseded, and canceled at gateways that
   * can cancel. So are the order's other open payments once one of them paid it.
   *
   * @throws PayError before the gateway is called: `INVALID_REQUEST`, `INVALID_AMOUNT`, `IDEMPOTENCY_CONFLICT`, `IN_PROGRESS`,
   * `ORDER_ALREADY_PAID`, `NOT_STARTED`; afterwards, with `paymentId`: `CREATE_REJECTED`, `PROVIDER_UNAVAILABLE`, `OUTCOME_UNKNOWN`,
   * `SUPERSEDED`, `STORE_UNAVAILABLE`, and `ORDER_ALREADY_PAID` if another payment paid the order meanwhile
   *
   * @example
   * ```ts
   * import { isPayError, money, type Pay } from "@pay/core";
   *
   * declare const pay: Pay;
   *
   * export async function startPayment(orderId: string, ip: string, formKey: string): Promise<string> {
   *   try {
   *     const payment = await pay.checkout({
   *       orderId,
   *       amount: money("19.99", "PLN"),
   *       providerName: ["sellly", "gosetti"], // the second is tried only if the first certainly did not take the payment
   *       description: "VIP, 30 days",
   *       returnUrl: "https://shop.example/thanks",
   *       buyer: { ip, email: "buyer@example.com", language: "pl" },
   *       idempotencyKey: formKey, // random, from a hidden field of the page with the pay button
   *     });
   *     return payment.next.kind === "redirect" ? payment.next.url : `/orders/${orderId}`;
   *   } catch (error) {
   *     if (isPayError(error) && error.code === "ORDER_ALREADY_PAID") return `/orders/${orderId}`;
   *     throw error;
   *   }
   * }
   * ```
   */
  checkout<const N extends ProviderNameOf<P> = D>(
    request: CheckoutRequest<P, N> & ([D] extends [never] ? { readonly providerName: N | readonly N[] } : unknown),
  ): Promise<CheckoutResult>;
  /**
   * Serves the addresses under `baseUrl`, for servers and frameworks that use the Fetch API. Mount it there; it works unbound.
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
   * Does the same with plain data, for bridges to servers that do not use the Fetch API: it creates neither a Request nor a Response.
   * `fetch` is built on it. If an app replaces `fetch` to guard it, `handle` is absent, so that a bridge passes through the guard. A proxy
   * may replace `fetch` alone: a bridge uses `handle` only if `handle.fetch` is the `fetch` it was given. A bridge calls
   * `handle.unreadable` with the status of its answer to what never became a request, so that it is counted: by default as `not_http`. The
   * status of a connection that its server closed without an answer is 0.
   */
  readonly handle: ((request: RawRequest) => Promise<RawResponse>) & {
    readonly fetch?: unknown;
    readonly unreadable?: (status: number, reason?: "bad_address" | "too_many_connections") => void;
  };
  /**
   * Cancels an open payment: at its gateway first, if the gateway can, and only then here. A failed, expired or canceled payment
   * stays as it is. A success that arrives later still counts and opens a review.
   *
   * @returns the payment after the call
   * @throws PayError `ALREADY_SUCCEEDED`, `NOT_FOUND`, `NOT_STARTED`; if the gateway is asked, `CANCEL_REJECTED`, `PROVIDER_UNAVAILABLE`
   * or `OUTCOME_UNKNOWN`, and the payment stays open; `PROVIDER_UNAVAILABLE` also if only another process has a provider of the payment's
   * account; `STORE_UNAVAILABLE`, possibly after the gateway canceled it
   *
   * @example
   * ```ts
   * import { isPayError, type Pay } from "@pay/core";
   *
   * declare const pay: Pay;
   *
   * try {
   *   const { state } = await pay.cancel("pay_01jzr1v8k5e3v9x6w2y7m4n0qa");
   *   console.log(state); // "canceled", or the state in which it was closed before
   * } catch (error) {
   *   if (isPayError(error) && error.code === "ALREADY_SUCCEEDED") console.log("The payment is paid: refund it instead.");
   *   else throw error;
   * }
   * ```
   */
  cancel(id: string): Promise<Payment>;
  /**
   * Sends money of a succeeded payment back, through a provider that supports refunds. Pay commits a reservation of the amount before it
   * calls the gateway, so that never more goes back than was paid. Pay never repeats a refund whose outcome is unknown.
   * The events `refund.succeeded` and `refund.failed` report the outcome, also of refunds that were started at the gateway.
   *
   * @throws PayError before the gateway is called: `INVALID_REQUEST`, `INVALID_AMOUNT`, `NOT_FOUND`, `NOT_REFUNDABLE`,
   * `REFUND_EXCEEDS_PAYMENT`, `IDEMPOTENCY_CONFLICT`, `IN_PROGRESS`, `NOT_STARTED`; afterwards: `REFUND_REJECTED`, `OUTCOME_UNKNOWN`,
   * `STORE_UNAVAILABLE`
   *
   * @example
   * ```ts
   * import { money, type Pay, type PaymentProvider } from "@pay/core";
   *
   * declare const pay: Pay<{ bank: PaymentProvider<unknown, never, "refund"> }>; // its gateway can refund
   *
   * const refund = await pay.refund("bank", "pay_01jzr1v8k5e3v9x6w2y7m4n0qa", {
   *   amount: money("5.00", "PLN"), // leave it out to send back the rest
   *   idempotencyKey: "return-1234",
   * });
   * if (refund.status === "pending") console.log("The gateway accepted the refund; refund.succeeded follows.");
   * ```
   */
  refund(providerName: ProviderNameThatCan<P, "refund">, id: string, refund: RefundRequest): Promise<Refund>;
  /** Reads payments. Every read throws PayError `NOT_STARTED` or `STORE_UNAVAILABLE`. Handlers may read while Pay closes. */
  readonly payments: {
    /** The payment of this id; `undefined` if the store has none. */
    get(id: string): Promise<Payment | undefined>;
    /**
     * Lists payments, newest first, one page at a time. The cost of a call does not depend on how many payments there are. If few
     * payments match, a page may hold fewer than `limit` payments, or none, and still have a `next`.
     *
     * @throws PayError `INVALID_REQUEST` or `INVALID_AMOUNT` naming the field; `NOT_STARTED`, `STORE_UNAVAILABLE`
     */
    list(query?: PaymentQuery): Promise<PaymentPage>;
    /** The history of a payment, oldest entry first. Empty if the store has no such payment. */
    history(id: string): Promise<readonly HistoryEntry[]>;
    /** The refunds of a payment, oldest first. Empty if it has none, or if the store has no such payment. */
    refunds(id: string): Promise<readonly Refund[]>;
    /**
     * Records what a person knows about a payment, e.g. that it was paid although the gateway's callback never came. It goes through the
     * same table as a callback, creates the same events, and is in the history with the person's name and note. The gateway is not asked.
     *
     * - A payment that is what you record, or is closed without success already when you record `failed` or `canceled`, stays as it is: a
     *   repetition changes nothing.
     * - An `amount` other than the payment's own opens an `amount_mismatch` review, and the payment stays open: accept that review to take
     *   it as paid.
     * - Open `status_unknown` and `unrecognized` reviews of the payment are closed as accepted, in the person's name, and the gateway is not
     *   asked any more.
     * - A later callback that says the same is a duplicate; one that contradicts opens a review.
     * - With `refund`, it is the outcome of that refund: of one that stays pending because the gateway's report never came, or of an unknown
     *   one. Its open `refund_unknown` reviews are closed as accepted.
     * - `refunded` adds a refund that was made in the gateway's panel, as the gateway's own report would: it lowers what can still be
     *   refunded, counts in `orders.get()`, and creates `refund.succeeded`. A key or a name that Pay knows adds nothing: a refund under way is
     *   then recorded as succeeded. A chargeback of a part of the money is recorded in the same way, and `reversed` means all of it.
     *
     * @returns the payment after the call
     * @throws PayError `INVALID_REQUEST` or `INVALID_AMOUNT` naming the field, `NOT_FOUND`, `ALREADY_SUCCEEDED` for `failed` or `canceled` of
     * a succeeded payment or refund, `IN_PROGRESS` while the gateway is asked for the refund, `NOT_STARTED`, `STORE_UNAVAILABLE`; for
     * `refunded` also `NOT_REFUNDABLE` if the payment is not paid or its money was taken back, `REFUND_EXCEEDS_PAYMENT` if the amount is more
     * than what is left, and `IDEMPOTENCY_CONFLICT` if the key was used for a refund of another amount or name. Nothing changes then
     *
     * @example
     * ```ts
     * import { money, type Pay } from "@pay/core";
     *
     * declare const pay: Pay;
     *
     * const { state } = await pay.payments.record("pay_01jzr1v8k5e3v9x6w2y7m4n0qa", {
     *   as: "succeeded",
     *   amount: money("19.99", "PLN"), // what arrived; leave it out if it is the payment's own amount
     *   by: "anna",
     *   note: "Seen in the gateway's panel; its callback never came.",
     * });
     * console.log(state); // "succeeded", unless the amount differs
     * ```
     *
     * @example
     * ```ts
     * import { money, type Pay } from "@pay/core";
     *
     * declare const pay: Pay;
     *
     * await pay.payments.record("pay_01jzr1v8k5e3v9x6w2y7m4n0qa", {
     *   as: "refunded",
     *   amount: money("5.00", "PLN"), // what went back
     *   idempotencyKey: "panel-refund-7", // a repeated call counts nothing
     *   refundProviderReference: "R-7120", // as the gateway's panel names it
     *   by: "anna",
     * });
     * ```
     */
    record(id: string, record: RecordRequest): Promise<Payment>;
  };
  /** Reads orders. */
  readonly orders: {
    /**
     * What was asked, paid and sent back for an order, and whether it can be paid. An order that Pay knows nothing of is `unpaid` and has
     * no payments. Handlers of failures and expiries ask this before they give up an order: it may have another payment.
     *
     * @throws PayError `INVALID_REQUEST` naming `orderId` if no order can have this id; `NOT_STARTED`, `STORE_UNAVAILABLE`
     *
     * @example
     * ```ts
     * import type { Pay } from "@pay/core";
     *
     * declare const pay: Pay;
     * declare function releaseStock(orderId: string): Promise<void>;
     *
     * pay.on("payment.expired", "release-stock", async ({ payment: { orderId } }) => {
     *   const { state } = await pay.orders.get(orderId);
     *   if (state === "unpaid" || state === "refunded") await releaseStock(orderId);
     * });
     * ```
     */
    get(orderId: string): Promise<Order>;
  };
  /** Cases in which a person should look at a payment. Every read throws PayError `NOT_STARTED` or `STORE_UNAVAILABLE`. */
  readonly reviews: {
    /**
     * One page of the open reviews, oldest first, fifty unless you ask for another number. Pay logs a warning when it opens one.
     *
     * @throws PayError `INVALID_REQUEST` naming the field
     *
     * @example
     * ```ts
     * import type { Pay } from "@pay/core";
     *
     * declare const pay: Pay;
     *
     * let after: string | undefined;
     * do {
     *   const page = await pay.reviews.list({ limit: 200, ...(after && { after }) });
     *   for (const { id, kind } of page.reviews) console.log(id, kind);
     *   after = page.next;
     * } while (after !== undefined);
     * ```
     */
    list(query?: ReviewQuery): Promise<ReviewPage>;
    /** Reviews of a payment, open and closed, oldest first. */
    ofPayment(paymentId: string): Promise<readonly Review[]>;
    /** The review of this id; `undefined` if the store has none. */
    get(id: string): Promise<Review | undefined>;
    /**
     * Resolves a review, or adds a note to it. Pay records the action in the review and in the payment's history.
     *
     * Accepting a `superseded_paid` review means that this payment pays the order as it is: the order is paid, without a second
     * `payment.succeeded`, so deliver at its `review.resolved`. Dismissing it means that the payment does not pay the order: send the money
     * back.
     *
     * @throws PayError `NOT_FOUND`, `REVIEW_CLOSED`, `ORDER_ALREADY_PAID` if another payment paid the order of an accepted superseded one, `INVALID_REQUEST` naming the wrong or missing field of the resolution, `NOT_STARTED`,
     * `STORE_UNAVAILABLE`; nothing changes then
     *
     * @example
     * ```ts
     * import type { Pay } from "@pay/core";
     *
     * declare const pay: Pay;
     *
     * for (const review of (await pay.reviews.list()).reviews) {
     *   if (review.kind === "late_success") {
     *     await pay.reviews.resolve(review.id, { action: "dismiss", by: "anna", note: "Delivered by hand." });
     *   } else if (review.kind === "unmatched" && review.candidates[0] !== undefined) {
     *     await pay.reviews.resolve(review.id, { action: "accept", paymentId: review.candidates[0], by: "anna" });
     *   }
     * }
     * ```
     */
    resolve(id: string, resolution: ReviewResolution): Promise<Review>;
  };
  /** The deliveries of events to handlers. */
  readonly deliveries: {
    /**
     * The deliveries of a payment's events to handlers, and of the events of its reviews, with their status. Empty if the store has no such
     * payment. With the id of a review, only those of that review's events.
     *
     * @throws PayError `NOT_STARTED`, `STORE_UNAVAILABLE`
     */
    list(id: string): Promise<readonly DeliveryStatus[]>;
    /**
     * The deliveries whose last attempt failed: those that wait for the next one, and dead ones. Events of reviews come first, then those of
     * the newest payment.
     * One stays in the list until it is delivered or superseded, a dead letter also after its review was dismissed.
     *
     * @throws PayError `INVALID_REQUEST` naming the field; `NOT_STARTED`, `STORE_UNAVAILABLE`
     */
    failing(query?: FailingQuery): Promise<readonly FailingDelivery[]>;
    /**
     * Attempts a delivery now, again from the first attempt on: one that waits for its next attempt, or a dead letter, whose review it
     * closes. The payment's history says so.
     *
     * @param id the payment, or the review if the event is about one
     *
     * @throws PayError `IN_PROGRESS` while the handler is called; `NOT_FOUND` if there is no such delivery, or if it is delivered or
     * superseded; `INVALID_REQUEST` naming the field, also if an earlier event of the payment waits for the same handler: redrive that
     * one; `NOT_STARTED`, `STORE_UNAVAILABLE`. Nothing changes then
     *
     * @example
     * ```ts
     * import type { Pay } from "@pay/core";
     *
     * declare const pay: Pay;
     *
     * for (const { eventId, handler, payment, review, status } of await pay.deliveries.failing({ limit: 1000 })) {
     *   const about = review ?? payment?.id;
     *   if (about !== undefined && status !== "leased") await pay.deliveries.redrive(about, { eventId, handler, by: "anna" });
     * }
     * ```
     */
    redrive(id: string, delivery: RedriveRequest): Promise<void>;
  };
  /**
   * Tells how this process is, for your metrics and your own health checks. Never rejects; the store is read once a second at most, with a
   * limit of 3 seconds. Pay also serves two addresses for balancers and orchestrators, which answer `OK` and nothing else:
   * `{baseUrl}/health` is 200 while the process answers, so that it is not restarted because its database is away; `{baseUrl}/ready` is
   * 200 while `ready` is true, and otherwise 503.
   *
   * @example
   * ```ts
   * import type { Pay } from "@pay/core";
   *
   * declare const pay: Pay;
   *
   * const { delivery, ready, refusedCallbacks, store } = await pay.health();
   * if (!ready) console.error("store:", store, "delivery:", delivery);
   * for (const { count, providerName = "", reason, status } of refusedCallbacks) console.log(providerName, status, reason, count);
   * ```
   */
  health(): Promise<Health>;
  /**
   * Accepts no new work, finishes running work, closes the store. Handlers get `deadlineMs`: then their `signal` aborts, Pay does not wait
   * for them any longer, and their events are due again at once, also in other processes; such an attempt does not count. So it is with
   * questions to gateways about the status of payments, and Pay begins none for callbacks meanwhile. Other calls to gateways keep their own
   * limit of 30 seconds, because a create or refund that is cut leaves its outcome unknown; the store has limits too. So the time is bounded whatever
   * does not answer. A second call waits for the same end.
   *
   * @param options.deadlineMs milliseconds that running handlers and questions get, 0 or more. @default 10000
   * @throws PayError `INVALID_REQUEST` naming the field; Pay goes on then
   *
   * @example
   * ```ts
   * import type { Server } from "node:http";
   * import type { Pay } from "@pay/core";
   *
   * declare const pay: Pay;
   * declare const server: Server;
   *
   * process.once("SIGTERM", async () => {
   *   server.close(); // takes no new connections; until Pay is closed, callbacks on open ones are told to come again
   *   await pay.close({ deadlineMs: 8_000 });
   *   process.exit(); // a handler that ignores its signal would keep the process
   * });
   * ```
   */
  close(options?: CloseOptions): Promise<void>;
}

/** What `openPay` returns: reads payments, and has no method that changes one or delivers. */
// biome-ignore lint/suspicious/noExplicitAny: like `Pay` alone
export interface PayReader<P extends Providers = any> {
  readonly payments: Pick<Pay<P>["payments"], "get" | "list" | "history" | "refunds">;
  readonly orders: Pick<Pay["orders"], "get">;
  readonly reviews: Pick<Pay["reviews"], "list" | "ofPayment" | "get">;
  readonly deliveries: Pick<Pay["deliveries"], "list" | "failing">;
  /** Closes the store. Afterwards, every read throws PayError `NOT_STARTED`. */
  close(): Promise<void>;
}

/** How many failing deliveries to list. */
export interface FailingQuery {
  /** 1 to 1,000. @default 100 */
  readonly limit?: number;
}

/** Names one delivery, as `deliveries.list` and `failing` return it. */
export interface RedriveRequest {
  readonly eventId: string;
  /** The name of the handler. */
  readonly handler: string;
  /** The person who asks for the delivery, as your shop names its people; at most 200 characters. */
  readonly by?: string | undefined;
}

/** How long `close` waits. */
export interface CloseOptions {
  /** Milliseconds that running handlers, and questions to gateways, get before their signal aborts, 0 or more. @default 10000 */
  readonly deadlineMs?: number | undefined;
}

/** Which payments to list. A payment matches if all given fields match. */
export interface PaymentQuery {
  readonly orderId?: string;
  /** Part of the order's id, in upper and lower case as it is there. Pay reads through the payments for it, newest first. */
  readonly orderIdContains?: string;
  /** The gateway's name for the payment. An index finds it. */
  readonly providerReference?: string;
  /** The amount that was asked, exactly. Pay reads through the payments for it, newest first. */
  readonly amount?: Money;
  /** Name of the provider, also of one that is configured no more. */
  readonly providerName?: string;
  readonly state?: PaymentState;
  /** Created at or after this moment: a Date, or Unix milliseconds. */
  readonly from?: Date | number;
  /** Created before this moment: a Date, or Unix milliseconds. */
  readonly to?: Date | number;
  /** The `next` of the previous page. */
  readonly after?: string;
  /** 1 to 200. @default 50 */
  readonly limit?: number;
}

export interface PaymentPage {
  /** Newest first. */
  readonly payments: readonly Payment[];
  /** Pass it as `after` to get the next page. Absent on the last page; the following page may be short or empty. */
  readonly next?: string;
}

/** Which page of the open reviews to list. */
export interface ReviewQuery {
  /** The `next` of the previous page. @default the first page */
  readonly after?: string;
  /** 1 to 200. @default 50 */
  readonly limit?: number;
}

export interface ReviewPage {
  /** Oldest first. */
  readonly reviews: readonly Review[];
  /**
   * Pass it as `after` to get the next page; absent on the last page. Reviews that open or close meanwhile neither repeat one nor hide one
   * that was open the whole time.
   */
  readonly next?: string;
}

/** What a person knows about a payment, about a refund of it, or about money that went back without Pay. */
export type RecordRequest = {
  /** The person, as your shop names its people; at most 200 characters. */
  readonly by: string;
  /** At most 2,000 characters. It is stored, so it must hold no personal data. */
  readonly note?: string;
} & (
  | {
      /** `succeeded`: the money arrived. `failed`, `canceled`: it will not arrive. `reversed`: the gateway took all of it back. */
      readonly as: Exclude<RecordedStatus, "refunded">;
      /**
       * The id of a refund of the payment, if it is the refund whose outcome the person knows: `succeeded`, the money went back, or `failed`.
       * @default none: it is about the payment
       */
      readonly refund?: string;
      /** The amount that arrived, with `succeeded` of a payment only. @default the payment's own amount */
      readonly amount?: Money;
    }
  | {
      /** A refund that Pay does not know was made in the gateway's panel; or the gateway took a part of the money back. */
      readonly as: "refunded";
      /** The amount that went back, in the payment's currency. No more than what is left of the payment. */
      readonly amount: Money;
      /** 1 to 200 characters. The same key never counts a second refund; two equal refunds have two keys. */
      readonly idempotencyKey: string;
      /**
       * The gateway's name for the refund, 1 to 200 characters, as its panel shows it and its callbacks send it. A later report of the same
       * refund is then recognized. @default unknown: a later report of the same amount opens a review
       */
      readonly refundProviderReference?: string;
    }
);

/** What to refund. */
export interface RefundRequest {
  /** In the payment's currency. @default everything that was not refunded yet */
  readonly amount?: Money;
  /** 1 to 200 characters. The same key never sends money back twice: a repeated call returns the first call's refund. */
  readonly idempotencyKey: string;
}

/** A Pay whose provider names are unknown to the compiler, as a container returns it. */
export type AnyPay = Pay;

/** The configuration of `registerPay`. Providers and store may be registered in the container instead. */
export type RegisteredPayConfig = Omit<PayConfig<Providers, string>, "providers" | "store"> &
  Partial<Pick<PayConfig<Providers, string>, "providers" | "store">>;
