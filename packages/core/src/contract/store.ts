import type { DELIVERY_STATUSES } from "../model/delivery.ts";
import type { PaymentEvent, PaymentEventType } from "../model/event.ts";
import type { CallbackFact, HistoryEntry } from "../model/fact.ts";
import type { EventId, PaymentId, ProviderReference, ReviewId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { PaymentRecord, PaymentState } from "../model/payment.ts";
import type { Review } from "../model/review.ts";

/**
 * What Pay keeps and how it is changed. Every method that writes is one transaction: it resolves after a durable commit,
 * or rejects and leaves nothing behind. The rules are in core; a store reads, calls the rule, and writes what it says.
 */
export interface PaymentStore {
  /** Opens, checks and migrates. Rejects with `STORE_INCOMPATIBLE`, leaving untouched what it cannot use. */
  start(): Promise<void>;
  /** Finishes what is being written, then closes. */
  close(): Promise<void>;

  /** Saves a new payment before its gateway is called. */
  insert(request: InsertRequest): Promise<InsertResult>;
  /**
   * The one way a payment changes: reads what `query` asks for, calls `decide`, writes its changes, commits.
   * `decide` is pure and quick; it may be called more than once, also with a guess at what will be found, and only the
   * last call counts. A throw of its last call is what `settle` rejects with.
   */
  update<T>(query: UpdateQuery, decide: (found: Snapshot) => Decision<T>): Promise<T>;

  payment(id: PaymentId): Promise<PaymentRecord | undefined>;
  paymentByProviderReference(
    merchantAccount: string,
    providerReference: ProviderReference,
  ): Promise<PaymentRecord | undefined>;
  /** Payments of an order, oldest first. */
  paymentsOfOrder(orderId: string): Promise<readonly PaymentRecord[]>;
  /**
   * Looks through payments, the greatest id first and so the newest, and answers those that fit, at most `limit`. It looks at
   * `window` payments and then answers with what it has, so that a call costs the same however many there are and however few
   * fit. What an index leads past counts for nothing: an order's payments, or the open ones while they are few.
   */
  payments(search: PaymentSearch): Promise<PaymentsFound>;
  /** Oldest first. */
  history(id: PaymentId): Promise<readonly HistoryEntry[]>;
  /** Open reviews, oldest first, at most `limit`. */
  openReviews(limit: number): Promise<readonly Review[]>;
  /** Reviews of a payment, open and closed, oldest first. */
  reviewsOfPayment(id: PaymentId): Promise<readonly Review[]>;
  review(id: ReviewId): Promise<Review | undefined>;

  /**
   * Remembers which handlers there are, so that any process dispatches to all of them. Answers those known besides for
   * which deliveries are waiting: they wait until a process has the handler again.
   */
  registerHandlers(handlers: readonly HandlerKey[]): Promise<readonly HandlerKey[]>;
  /**
   * Dispatches new events to the registered handlers and takes up to `limit` due deliveries for those named here: per
   * payment and handler in order, and none of which a success has overtaken: a later `payment.succeeded`
   * (not `paid_again`) supersedes undelivered `payment.failed`, `expired` and `canceled`, and nothing else. An event
   * is dispatched once: a handler registered later does not hear it.
   */
  leaseDeliveries(request: LeaseRequest): Promise<readonly Delivery[]>;
  /**
   * Records how an attempt ended; a retry that a success has overtaken is superseded instead. Does nothing unless the
   * delivery is leased to this very attempt.
   */
  finishDelivery(delivery: Delivery, outcome: DeliveryOutcome): Promise<void>;
  /** When the next delivery for these handlers falls due after this moment, in Unix milliseconds. */
  nextDeliveryAt(after: number, handlers: readonly HandlerKey[]): Promise<number | undefined>;
  /** Deliveries of a payment's events, in order. */
  deliveries(id: PaymentId): Promise<readonly DeliveryStatus[]>;
  /**
   * Where a store brings a queue of its own: calls `look` soon after an event was committed, by whichever process, when a
   * retry falls due, and when the end of one delivery lets the next of its payment and handler go. One of the processes is
   * enough. It may call too often and, after a crash, not at all: core looks for what was left behind anyway. `look`
   * resolves once this process has leased what was due; while it has no room for more it waits, and the store should call
   * others. It rejects where this process stops: another has to look.
   */
  startWorker?(look: () => Promise<void>): Promise<StoreWorker>;
  /**
   * Where a store can: runs a handler in a transaction that also records its delivery, so that what the handler wrote
   * through it and the record commit together. Does nothing unless the delivery is leased to this very attempt. A throw of
   * `run` rolls back and is thrown on; when the signal aborts, so does the transaction, whatever `run` still does.
   */
  deliverInTransaction?(
    delivery: Delivery,
    signal: AbortSignal,
    run: (transaction: HandlerTransaction) => Promise<void>,
  ): Promise<void>;

  /**
   * Takes up to `limit` payments whose gateway is to be asked by now, oldest first: nobody else gets them before `until`,
   * unless they are asked for again.
   */
  leaseStatusChecks(now: number, until: number, limit: number): Promise<readonly StatusCheck[]>;
  /** It was asked: forgotten, or asked again at `dueAt`. Does nothing if it was asked for again, or taken by another, meanwhile. */
  finishStatusCheck(ask: StatusCheck, dueAt?: number): Promise<void>;
  /** How many payments wait for their gateway, per account and what their callback addresses are made of, sorted by these in turn. */
  openPaymentsByAccount(): Promise<readonly OpenPaymentsOfAccount[]>;
  /** Open payments with their deadline at or before `now`, and `created` ones from `createdBefore` or earlier: at most `limit`, oldest first. */
  overdue(now: number, createdBefore: number, limit: number): Promise<readonly PaymentRecord[]>;
  /** Orphans received by then that have no review yet: at most `limit`, oldest first. */
  staleUnmatched(receivedBefore: number, limit: number): Promise<readonly UnmatchedNotification[]>;
  /** Payments an orphan may belong to: same account, no ref, opened before it; the same buyer first, then the newest. */
  candidates(unmatched: UnmatchedNotification, limit: number): Promise<readonly PaymentId[]>;

  /**
   * Removes up to `limit` payments that are finished, those that changed longest ago first, each with everything that is its
   * own: history, inbox, reviews, events, deliveries. In one transaction, beside which anything may happen. Answers which
   * they were, in this order; nothing when none is left.
   *
   * Finished is a payment that is closed, has not changed since `before`, and of which nothing is owed: no event is to be
   * dispatched, no delivery is due, leased or dead, no review of it is open, no refund is under way, its gateway is not to be
   * asked. One stays as long as another try of its checkout key is not finished: the key would open that try again. So does
   * a candidate of an open review: a person may be about to give it an orphan.
   *
   * Which payment an order was paid by stays for ever, so that `open` and `settle` go on finding that it is paid. So do
   * orphans and their reviews.
   */
  prune(request: PruneRequest): Promise<readonly Pruned[]>;
}

/** What is looked for. All that is given has to fit. */
export interface PaymentSearch {
  readonly orderId?: string;
  readonly providerName?: string;
  readonly state?: PaymentState;
  /** Created at this moment or later, in Unix milliseconds. */
  readonly createdFrom?: number;
  /** Created before this moment. */
  readonly createdBefore?: number;
  /** The smallest id that is looked at, with `createdFrom` close to what was created then. There need be no such payment. */
  readonly idFrom?: PaymentId;
  /** Ids that are looked at are smaller than this one, which need not be there either. */
  readonly idBefore?: PaymentId;
  /** At least 1. */
  readonly limit: number;
  /** At least 1. */
  readonly window: number;
}

export interface PaymentsFound {
  /** In falling order of their ids, as texts are compared byte by byte. */
  readonly payments: readonly PaymentRecord[];
  /**
   * The id to go on before: that of the last payment given, where another one fitted, else that of the last one looked at.
   * Absent once all down to `idFrom` were.
   */
  readonly next?: PaymentId;
}

export interface PruneRequest {
  /** Unix milliseconds. */
  readonly before: number;
  readonly limit: number;
  /** Goes on after this one, so that what has to stay is not looked at for every batch. */
  readonly after?: Pruned;
  /** Finds the same, and removes nothing. */
  readonly dryRun?: boolean;
}

/** A payment that was removed, or would be. Sorted by time, then by id. */
export interface Pruned {
  readonly paymentId: PaymentId;
  /** When it last changed, in Unix milliseconds. */
  readonly updatedAt: number;
}

/** A payment whose gateway is to be asked. */
export interface StatusCheck {
  readonly paymentId: PaymentId;
  /** The payment's version with which it was asked for: the newest counts. */
  readonly version: number;
  /** Counts from 1 since it was asked for. */
  readonly attempt: number;
}

/** Payments of one account whose callback addresses have instance name and key in common. */
export interface OpenPaymentsOfAccount {
  readonly adapter: string;
  readonly merchantAccount: string;
  readonly providerName: string;
  readonly keyId: string;
  /** How many are open. */
  readonly payments: number;
  /** How many have a refund that is requested, pending or unknown. */
  readonly refunds: number;
}

export interface StoreWorker {
  /** Calls nobody any more and waits for what is running. */
  stop(): Promise<void>;
}

/** The store's own transaction, for a handler to write through. */
export interface HandlerTransaction {
  /** Runs one statement of the store's SQL. */
  query(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly rowCount: number | null }>;
}

export interface InsertRequest {
  readonly record: PaymentRecord;
  readonly entry: HistoryEntry;
}

export type InsertResult =
  | { readonly kind: "opened" }
  /** The order has a succeeded payment; nothing was written. */
  | { readonly kind: "order_paid"; readonly paymentId: PaymentId }
  /** This try of the checkout key exists already, and is given as it is now; nothing was written. Looked for before `order_paid`. */
  | { readonly kind: "exists"; readonly record: PaymentRecord };

/** Names a payment: by id where there is one, the ref then only asks for its owner; otherwise by account and ref. */
export interface UpdateQuery {
  readonly merchantAccount: string;
  readonly paymentId?: PaymentId;
  readonly providerReference?: ProviderReference;
  /** Inbox key of a notification, to find its twin. */
  readonly digest?: string;
  /** Whether orphans may be waiting for what is settled now: a ref seen first, or a payment that was missing. */
  readonly adopt?: boolean;
  /** With `adopt`: another name that orphans may be waiting under. */
  readonly subject?: string;
  /**
   * Given where the rule looks at nothing of the payment but state, ref, reversal and this amount, if the notification names
   * one: a store may then decide on the most likely find beforehand, and write without reading where that is what is there.
   */
  readonly expected?: { readonly amount?: Money };
  /** A review that is to be resolved. */
  readonly review?: ReviewId;
}

export interface Snapshot {
  readonly record: PaymentRecord | undefined;
  /** Whether the inbox holds this digest for the payment; without a payment, whether the orphans hold it for the subject. */
  readonly duplicate: boolean;
  /** The payment that succeeded first for the order. */
  readonly orderPaidBy: PaymentId | undefined;
  /** The payment of the account that holds `ref`. */
  readonly providerReferenceOwner: PaymentId | undefined;
  /**
   * With `adopt`: orphans of the account under the id of the payment (found, else asked for), the query's ref or its
   * subject, oldest first. Otherwise empty.
   */
  readonly unmatchedNotifications: readonly UnmatchedNotification[];
  /** Orphans of the account; looked up only where there is no payment, otherwise 0. */
  readonly unmatchedCount: number;
  readonly review: Review | undefined;
}

export interface Decision<T> {
  readonly changes: Changes;
  readonly result: T;
}

/** What to write, all or nothing. */
export interface Changes {
  /**
   * The payment's new state. Only `state`, `ref`, `expiresAt`, `updatedAt`, `version`, `cause`, `reversed`, `next` and
   * `refunds` differ from what was found; the version counts up by the number of history entries.
   */
  readonly record?: PaymentRecord;
  /** When the payment's gateway is to be asked, in Unix milliseconds. Where that waits already, the earlier of both counts, from the first attempt. */
  readonly checkStatusAt?: number;
  readonly history: readonly HistoryEntry[];
  /** Inserted unless one is open for the same subject, kind and digest. */
  readonly reviews: readonly Review[];
  readonly events: readonly PaymentEvent[];
  /** Digests of the applied notifications. One that is there already is no error. */
  readonly inbox: readonly string[];
  /** Whether the payment is the first of its order to succeed: only where `orderPaidBy` was undefined, which one alone may see. */
  readonly claimsOrder: boolean;
  /** A notification nobody has the payment for. Inserted unless the same one is there: the first one's time and review stand. */
  readonly unmatched?: UnmatchedNotification;
  /** Orphans that found their payment, or that a person dismissed: they are removed. */
  readonly adopted: readonly UnmatchedNotification[];
  /** Orphans that a review now stands for: not stale any more, but still twins, counted and adoptable. */
  readonly reviewed: readonly UnmatchedNotification[];
  /** The query's review with another status or one action more. Only `status` and `actions` differ from what was found. */
  readonly resolved?: Review;
  /** Dead deliveries of the payment to be tried again from the first attempt, at once. Those that are not dead stay as they are. */
  readonly redriven: readonly { readonly eventId: EventId; readonly handler: string }[];
}

/** An authenticated notification about a payment nobody has (yet). */
export interface UnmatchedNotification {
  readonly merchantAccount: string;
  /** What it names: a ref, a payment id, or a reference that is none of ours. */
  readonly subject: string;
  readonly digest: string;
  readonly fact: CallbackFact;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** Keyed digest of the buyer's e-mail. */
  readonly buyerDigest?: string;
}

export interface HandlerKey {
  readonly name: string;
  readonly type: PaymentEventType;
}

export interface LeaseRequest {
  /** Unix milliseconds. */
  readonly now: number;
  /** Until when the deliveries belong to this process. */
  readonly until: number;
  readonly handlers: readonly HandlerKey[];
  readonly limit: number;
}

export interface Delivery {
  readonly event: PaymentEvent;
  readonly handler: string;
  /** Counts from 1. */
  readonly attempt: number;
}

export type DeliveryOutcome =
  | { readonly kind: "delivered"; readonly at: number }
  | { readonly kind: "retry"; readonly at: number; readonly dueAt: number; readonly error: string }
  | { readonly kind: "dead"; readonly at: number; readonly error: string; readonly review: Review };

export interface DeliveryStatus {
  readonly eventId: EventId;
  readonly type: PaymentEventType;
  readonly handler: string;
  /** `superseded`: a success came before it was told, so it never will be. */
  readonly status: (typeof DELIVERY_STATUSES)[number];
  readonly attempts: number;
  /** Why the last attempt failed; absent once delivered. */
  readonly error?: string;
}
