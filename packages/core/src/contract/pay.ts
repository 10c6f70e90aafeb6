import type { PaymentEvent, PaymentEventType } from "../model/event.ts";
import type { HistoryEntry } from "../model/fact.ts";
import type { Random } from "../model/ids.ts";
import type { Payment } from "../model/payment.ts";
import type { Review } from "../model/review.ts";
import type { CheckoutRequest, CheckoutResult, InstanceOf, Providers } from "./checkout.ts";
import type { Clock, Logger } from "./runtime.ts";
import type { DeliveryRow, PaymentStore } from "./store.ts";

/** How a Pay is put together. `P` and `D` are inferred. */
export interface PayConfig<P extends Providers, D extends InstanceOf<P> = never> {
  /** Adapters by instance name: letters, digits, `-` and `_`. Two accounts of one gateway are two entries. */
  readonly providers: P;
  /** The provider of checkouts that name none. */
  readonly default?: D;
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
}

/** What a handler gets besides the event. */
export interface HandlerContext {
  /** Aborts when the handler's time is up. */
  readonly signal: AbortSignal;
}

/** One interface to the configured gateways. */
// biome-ignore lint/suspicious/noExplicitAny: `Pay` alone is any configured Pay, checked at run time
export interface Pay<P extends Providers = any, D extends InstanceOf<P> = any> {
  /**
   * Names a handler for a kind of event, before `start()`. It is called at least once per event, with `event.id` as the
   * key to deduplicate by; a throw is tried again, with growing delays up to a day.
   *
   * @throws PayError `INVALID_CONFIG` after `start()`, or for a name used twice for one kind
   */
  on<T extends PaymentEventType>(
    type: T,
    name: string,
    handler: (event: PaymentEvent & { readonly type: T }, context: HandlerContext) => unknown,
  ): void;
  /** Opens the store and starts delivering; the process stays alive until `close()`. @throws PayError `INVALID_CONFIG` if nobody handles `payment.succeeded` */
  start(): Promise<void>;
  /**
   * Opens a payment. Resolves once the gateway's answer is stored; `next` says where the buyer goes.
   *
   * @throws PayError `INVALID_REQUEST`, `INVALID_AMOUNT`, `IDEMPOTENCY_CONFLICT`, `IN_PROGRESS`, `ORDER_ALREADY_PAID`, `NOT_STARTED`
   * before the gateway is asked; `CREATE_REJECTED`, `PROVIDER_UNAVAILABLE`, `OUTCOME_UNKNOWN`, `STORE_UNAVAILABLE` with `paymentId` after
   */
  checkout<const N extends InstanceOf<P> = D>(
    request: CheckoutRequest<P, N> & ([D] extends [never] ? { readonly provider: N | readonly N[] } : unknown),
  ): Promise<CheckoutResult>;
  /** Serves callbacks under `baseUrl`: mount it there. Needs no `this`. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly payments: {
    get(id: string): Promise<Payment | undefined>;
    /** Payments of an order, oldest first. */
    ofOrder(orderId: string): Promise<readonly Payment[]>;
    /** What happened to a payment, oldest first. */
    history(id: string): Promise<readonly HistoryEntry[]>;
  };
  readonly reviews: {
    /** Open reviews, oldest first, at most 1,000. Each is logged as a warning when it is opened. */
    list(): Promise<readonly Review[]>;
  };
  readonly deliveries: {
    /** Who was told what of a payment. */
    list(paymentId: string): Promise<readonly DeliveryRow[]>;
  };
  /** Takes no new work, finishes what is running, closes the store. */
  close(): Promise<void>;
}

/** A Pay whose names the compiler does not know, as a container gives it. */
export type AnyPay = Pay;

/** What `registerPay` still needs when the app registered providers and store in its container itself. */
export type RegisteredPayConfig = Omit<PayConfig<Providers, string>, "providers" | "store"> &
  Partial<Pick<PayConfig<Providers, string>, "providers" | "store">>;
