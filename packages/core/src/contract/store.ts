import type { DELIVERY_STATUSES } from "../model/delivery.ts";
import type { PayEvent, ReviewEvent, StreamId } from "../model/event.ts";
import type { EventType } from "../model/event-types.ts";
import type { CallbackFact, HistoryEntry } from "../model/fact.ts";
import type { EventId, PaymentId, ProviderReference, ReviewId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import type { Payment, PaymentRecord, PaymentState } from "../model/payment.ts";
import type { Review } from "../model/review.ts";

/**
 * Keeps payments. Every method that writes is one transaction: it resolves after a durable commit, or it rejects and changes nothing. The
 * rules are in core: a store reads, calls the rule, and writes the changes that the rule returns. A store may also write optimistically:
 * it calls the rule with the most likely snapshot, and its statement writes only if the row has everything that the rule looked at.
 */
export interface PaymentStore {
  /**
   * Opens, checks and migrates the database. Rejects with `STORE_INCOMPATIBLE` if it cannot use the database, and leaves it unchanged. If it
   * rejects, nothing is left open, and core does not call `close`. A store with connections rejects with `INVALID_CONFIG` while it is open.
   */
  start(): Promise<void>;
  /**
   * Opens the database only to be read, instead of `start`: creates, migrates and registers nothing. Afterwards the methods that read work,
   * and `prune` with `dryRun`. Rejects with `STORE_INCOMPATIBLE` if the database does not exist or has not been migrated to this version.
   */
  openReadOnly(): Promise<void>;
  /** Finishes running writes, then closes. */
  close(): Promise<void>;

  /**
   * Saves a new payment, before its gateway is called, with what `decide` changes of the order's other payments. Two inserts of one order
   * happen one after the other, and so do an insert and an update of a payment that the insert changes.
   */
  insert(request: InsertRequest): Promise<InsertResult>;
  /**
   * Changes a payment; the store has no other method for it, and core calls it only in `commit`. Reads what `query` names, calls `decide`,
   * writes the changes that it returns, and commits.
   * `decide` is pure and fast. A store may call it more than once, also with an expected snapshot before it reads the real one; only the
   * last call counts. If the last call throws, `update` rejects with that error.
   */
  update<T>(query: UpdateQuery, decide: (found: Snapshot) => Decision<T>): Promise<T>;

  payment(id: PaymentId): Promise<PaymentRecord | undefined>;
  paymentByProviderReference(
    merchantAccount: string,
    providerReference: ProviderReference,
  ): Promise<PaymentRecord | undefined>;
  /** All payments of an order, and the one that paid it, as of one moment. */
  order(orderId: string): Promise<OrderSnapshot>;
  /**
   * Searches payments by falling id, so newest first, and returns those that match, at most `limit`. It examines at most `window` payments
   * per call, so that the cost of a call does not depend on how many payments there are or how few match. Payments that an index selects
   * do not count towards `window`: those of an order or a provider reference, or open ones while they are few.
   */
  payments(search: PaymentSearch): Promise<PaymentsFound>;
  /** The history of a payment, oldest entry first. */
  history(id: PaymentId): Promise<readonly HistoryEntry[]>;
  /**
   * Open reviews by rising id, so oldest first, at most `limit`.
   *
   * @param after only those with a greater id; the id need not exist. By default, all of them
   */
  openReviews(limit: number, after?: ReviewId): Promise<readonly Review[]>;
  /** The open review of this kind and digest about this payment, or about none: there is one at most. */
  openReview(subject: Pick<Review, "kind" | "digest" | "paymentId">): Promise<Review | undefined>;
  /** The reviews of a payment, open and closed, oldest first. */
  reviewsOfPayment(id: PaymentId): Promise<readonly Review[]>;
  review(id: ReviewId): Promise<Review | undefined>;

  /**
   * Stores the names of the handlers, so that every process dispatches events to all of them. Returns other known handlers that have
   * waiting deliveries: these wait until a process registers the handler again.
   */
  registerHandlers(handlers: readonly HandlerKey[]): Promise<readonly HandlerKey[]>;
  /**
   * Dispatches new events to the registered handlers and leases up to `limit` due deliveries for the handlers in the request. The
   * deliveries of one stream (a payment, or a review) to one handler are leased in order. A later `payment.succeeded` (not `paid_again`) supersedes undelivered
   * `payment.failed`, `expired` and `canceled`, and nothing else: superseded deliveries are not leased. An event is dispatched once, so
   * a handler that is registered later does not receive it.
   */
  leaseDeliveries(request: LeaseRequest): Promise<readonly LeasedDelivery[]>;
  /**
   * Records how an attempt ended. A delivery that would be due again is recorded as superseded if a success superseded it. Does nothing
   * unless the delivery is leased with exactly this `lease`.
   */
  finishDelivery(delivery: LeasedDelivery, outcome: DeliveryOutcome): Promise<void>;
  /** When the next delivery to these handlers is due after the given moment; both in Unix milliseconds. */
  nextDeliveryAt(after: number, handlers: readonly HandlerKey[]): Promise<number | undefined>;
  /**
   * The deliveries of a payment's events in order, then those of the events of its reviews. With the id of a review, only those of that
   * review's events.
   */
  deliveries(id: StreamId): Promise<readonly DeliveryStatus[]>;
  /**
   * Deliveries whose last attempt failed: those that wait for the next one, that are attempted again at this moment, and dead ones. By
   * falling id of the payment or review, handler and event: first those about reviews, then those of the newest payment; at most `limit`.
   */
  failingDeliveries(limit: number): Promise<readonly FailingDelivery[]>;
  /**
   * For stores with a queue of their own. Calls `look` soon after any process committed an event, when a retry is due, and when the end of
   * one delivery releases the next delivery of its payment and handler. It is enough to call one of the processes. The store may call too
   * often and, after a crash, not at all, since core also looks by itself. `look` resolves after this process leased what was due. While
   * the process is at its limit, `look` waits, and the store should call other processes. It rejects if this process is stopping; another
   * process must look then.
   */
  startWorker?(look: () => Promise<void>): Promise<StoreWorker>;
  /**
   * For stores that can: runs a handler in a transaction that also records the delivery, so that the handler's statements and the record
   * commit together. Does nothing unless the delivery is leased with exactly this `lease`. If `run` throws, the transaction rolls back and
   * the error is thrown on. If the signal aborts, the transaction aborts, whatever `run` still does.
   */
  deliverInTransaction?(
    delivery: LeasedDelivery,
    signal: AbortSignal,
    run: (transaction: HandlerTransaction) => Promise<void>,
  ): Promise<void>;
  /**
   * With `deliverInTransaction`: how many of its calls run at once, at least 2. Core begins no more, so that no handler waits behind others
   * that hang until its own time is over.
   */
  readonly transactionPlaces?: number;

  /**
   * Leases up to `limit` payments whose status check is due at `now`, oldest first. No other process gets them before `until`, unless a
   * new check is requested. All times in Unix milliseconds.
   *
   * @param except merchant accounts whose payments are left out. By default, none
   */
  leaseStatusChecks(
    now: number,
    until: number,
    limit: number,
    except?: readonly string[],
  ): Promise<readonly LeasedStatusCheck[]>;
  /**
   * Ends a status check: removes it, or schedules it again at `dueAt` (Unix milliseconds). Does nothing if a new check was requested, or
   * another process leased it, in the meantime.
   *
   * @param attempts how many attempts count so far: the next one has this number plus one. By default, all of them count
   */
  finishStatusCheck(check: StatusCheck, dueAt?: number, attempts?: number): Promise<void>;
  /** Counts open payments per account and per parts of their callback addresses, sorted by the fields of the result in turn. */
  openPaymentsByAccount(): Promise<readonly OpenPaymentsOfAccount[]>;
  /**
   * Open payments whose deadline is at or before `now`, except those with an open review that holds their expiry
   * (`EXPIRY_HOLDING_REVIEWS`); and `created` payments that were created at or before `createdBefore`: of each merchant account the
   * oldest, at most `limit`; all of them oldest first. Times in Unix milliseconds.
   */
  overdue(now: number, createdBefore: number, limit: number): Promise<readonly PaymentRecord[]>;
  /** Unmatched notifications received at or before this moment (Unix milliseconds) that have no review: at most `limit`, oldest first. */
  staleUnmatched(receivedBefore: number, limit: number): Promise<readonly UnmatchedNotification[]>;
  /**
   * Payments that an unmatched notification may belong to: same account, created before it arrived. Likeliest first: those of the same
   * buyer, then those of the amount that the notification names, then those without a provider reference, then the newest. A store examines
   * the newest `CANDIDATE_WINDOW` payments, and besides the newest without a provider reference, those of the buyer among them.
   */
  candidates(unmatched: UnmatchedNotification, limit: number): Promise<readonly PaymentId[]>;

  /**
   * Removes up to `limit` finished payments, in the order in which they last changed, each with its history, inbox, reviews, events and
   * deliveries. One transaction, safe beside any other call. Returns the removed payments in this order; an empty list if none is left.
   *
   * A payment is finished if it is closed, has not changed since `before`, and nothing is outstanding: no event to dispatch, no delivery
   * that is due, leased or dead, no open review, no refund under way, no status check. A superseded payment that succeeded is not finished
   * while its order is paid by none, unless it was reversed or its succeeded refunds reach its amount: its money is kept. A payment stays while another attempt under its
   * checkout key is not finished, since the key would open that attempt again. A candidate of an open review stays too, since a person
   * may be about to assign the unmatched notification to it.
   *
   * Which payment paid an order is kept, so that `insert` and `update` still find that the order is paid. Unmatched notifications
   * and their reviews are kept too.
   */
  prune(request: PruneRequest): Promise<readonly Pruned[]>;
}

/** Payments that a store examines for `candidates`, whether or not they have a provider reference. */
export const CANDIDATE_WINDOW = 2000;

/** What to search for. A payment matches if all given fields match. */
export interface PaymentSearch {
  readonly orderId?: string;
  /** Part of the order's id, in upper and lower case as it is there. */
  readonly orderIdContains?: string;
  /** An index finds it, whatever the merchant account. */
  readonly providerReference?: string;
  readonly amount?: Money;
  readonly providerName?: string;
  readonly state?: PaymentState;
  /** Created at or after this moment, in Unix milliseconds. */
  readonly createdFrom?: number;
  /** Created before this moment, in Unix milliseconds. */
  readonly createdBefore?: number;
  /** The smallest id to examine; with `createdFrom`, close to the ids of that moment. The id need not exist. */
  readonly idFrom?: PaymentId;
  /** Only ids smaller than this one are examined. The id need not exist. */
  readonly idBefore?: PaymentId;
  /** How many payments to return at most; at least 1. */
  readonly limit: number;
  /** How many payments to examine at most; at least 1. */
  readonly window: number;
}

export interface PaymentsFound {
  /** By falling id, compared byte by byte. */
  readonly payments: readonly PaymentRecord[];
  /**
   * The `idBefore` of the next call: the id of the last returned payment if another one matched, otherwise the id of the last examined
   * payment. Absent when everything down to `idFrom` was examined.
   */
  readonly next?: PaymentId;
}

export interface PruneRequest {
  /** Only payments that did not change since this moment, in Unix milliseconds. */
  readonly before: number;
  readonly limit: number;
  /** Continues after this payment, so that payments that must stay are not examined for every batch. */
  readonly after?: Pruned;
  /** Finds the same payments, but removes none. */
  readonly dryRun?: boolean;
}

/** A removed payment, or with `dryRun` one to be removed. Sorted by time, then by id. */
export interface Pruned {
  readonly paymentId: PaymentId;
  /** When it last changed, in Unix milliseconds. */
  readonly updatedAt: number;
}

/** A payment whose gateway Pay must ask. */
export interface StatusCheck {
  readonly paymentId: PaymentId;
  /** The version of the payment when the check was requested. The newest request counts. */
  readonly version: number;
  /** The `checkStatusAt` of the newest request, in Unix milliseconds. The check was due earlier if an older request said so. */
  readonly requestedFor: number;
  /** Counts from 1 since the check was requested. */
  readonly attempt: number;
}

/** A status check that a process may perform until its lease ends. */
export interface LeasedStatusCheck extends StatusCheck {
  /** The account of the payment, whose gateway is asked. */
  readonly merchantAccount: string;
}

/** The payments of one account whose callback addresses have the same configured name and key. */
export interface OpenPaymentsOfAccount {
  readonly adapter: string;
  readonly merchantAccount: string;
  readonly providerName: string;
  readonly keyId: string;
  /** How many payments are open. */
  readonly payments: number;
  /** How many payments have a refund that is requested, pending or unknown. */
  readonly refunds: number;
}

export interface StoreWorker {
  /** Stops calling `look` and waits for running calls. */
  stop(): Promise<void>;
}

/** The store's own transaction, in which a handler runs its statements. */
export interface HandlerTransaction {
  /**
   * Runs one statement in the store's SQL dialect. Rejects with the database's own error, and with an `Error` for a statement that would
   * end the transaction (savepoints are allowed) and after the handler returned.
   */
  query(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly rowCount: number | null }>;
}

export interface InsertRequest {
  readonly record: PaymentRecord;
  readonly entry: HistoryEntry;
  /**
   * Pure and fast; a store may call it more than once, and only the last call counts. A store may leave out payments that have the amount
   * of the new one, neither succeeded nor are superseded. It need not call `decide` if nothing else is known of the order.
   */
  readonly decide: (order: OrderSnapshot) => InsertDecision;
}

/** What is known of an order. */
export interface OrderSnapshot {
  /** The payment that paid the order, also after it was pruned. */
  readonly paidBy: PaymentId | undefined;
  /** Oldest first. */
  readonly payments: readonly PaymentRecord[];
}

export type InsertDecision =
  | {
      readonly kind: "open";
      /** Changes of other payments of the order. */
      readonly changes: readonly Changes[];
      /** True if the order, which is paid, may be paid again: no payment is `paidBy` any more. */
      readonly releasesOrder: boolean;
    }
  | InsertRefusal;

/** Why a payment is not opened; nothing is written. */
export type InsertRefusal =
  | {
      readonly kind: "order_paid";
      readonly paymentId: PaymentId;
      /** Set if superseded payments brought the amount: all of them, oldest first. A person decides whether one pays the order. */
      readonly supersededPayments?: readonly PaymentId[];
    }
  /** A later checkout of the order, with another amount, opened the payment `by`. */
  | { readonly kind: "superseded"; readonly by: PaymentId };

export type InsertResult =
  | { readonly kind: "opened" }
  | InsertRefusal
  /** This attempt under the checkout key exists, with this record; nothing was written. Checked before anything else. */
  | { readonly kind: "exists"; readonly record: PaymentRecord };

/**
 * Names a payment: by `paymentId` if it is given, otherwise by merchant account and `providerReference`. If both are given, `paymentId`
 * names the payment, and the snapshot also says which payment of the account has the `providerReference`.
 */
export interface UpdateQuery {
  readonly merchantAccount: string;
  readonly paymentId?: PaymentId;
  readonly providerReference?: ProviderReference;
  /** Inbox key of a notification, to find its duplicate. */
  readonly digest?: string;
  /** True if unmatched notifications may belong to this payment: its provider reference is new, or the payment was missing. */
  readonly adopt?: boolean;
  /** With `adopt`: another name that unmatched notifications may carry. */
  readonly subject?: string;
  /**
   * Set if the rule uses nothing of the payment but its state, provider reference, reversal, refunds, `superseded`, form and, if the notification
   * names an amount, this amount. A store may then call the rule with the most likely snapshot first, and write without reading if the snapshot
   * is right.
   */
  readonly expected?: { readonly amount?: Money };
  /** A review to resolve. */
  readonly review?: ReviewId;
  /** True if the rule looks at the open reviews of the payment. */
  readonly openReviews?: boolean;
}

export interface Snapshot {
  readonly record: PaymentRecord | undefined;
  /** True if the inbox has this digest for the payment; without a payment, if an unmatched notification has it for the subject. */
  readonly duplicate: boolean;
  /** The payment that succeeded first for the order. */
  readonly orderPaidBy: PaymentId | undefined;
  /** The payment of the account that has the query's `providerReference`. */
  readonly providerReferenceOwner: PaymentId | undefined;
  /**
   * With `adopt`: unmatched notifications of the account whose subject is the id of the payment (the one found, else the one queried), the
   * query's `providerReference` or its `subject`, oldest first. Otherwise empty.
   */
  readonly unmatchedNotifications: readonly UnmatchedNotification[];
  /**
   * The open reviews of these notifications, in their order: of the kind `unmatched`, without a payment, with the digest that
   * `unmatchedDigest` makes of the notification.
   */
  readonly unmatchedReviews: readonly Review[];
  /** How many unmatched notifications the account has. Counted only if there is no payment, otherwise 0. */
  readonly unmatchedCount: number;
  readonly review: Review | undefined;
  /** With the query's `openReviews`: the open reviews of the payment, oldest first. Otherwise empty. */
  readonly openReviews: readonly Review[];
}

export interface Decision<T> {
  readonly changes: Changes;
  readonly result: T;
}

/** What to write. All of it, or nothing. */
export interface Changes {
  /**
   * The changed payment. Only `state`, `providerReference`, `expiresAt`, `superseded`, `updatedAt`, `version`, `cause`, `reversed`, `next`
   * and `refunds` differ from what was read; the version grows by the number of history entries.
   */
  readonly record?: PaymentRecord;
  /**
   * When to ask the payment's gateway, in Unix milliseconds. If a check is scheduled already, the earlier time counts, and its attempts
   * start again.
   */
  readonly checkStatusAt?: number;
  readonly history: readonly HistoryEntry[];
  /** Inserted unless an open review has the same subject, kind and digest. */
  readonly reviews: readonly Review[];
  /** A `review.opened` is written only if its review was inserted. */
  readonly events: readonly PayEvent[];
  /** Digests of the applied notifications. A digest that exists already is no error. */
  readonly inbox: readonly string[];
  /** True if the payment is the first of its order to succeed. Only one payment of an order can find `orderPaidBy` undefined. */
  readonly claimsOrder: boolean;
  /** A notification without a payment. Inserted unless the same one exists: the first one's time and review stay. */
  readonly unmatched?: UnmatchedNotification;
  /** Unmatched notifications to remove, since their payment was found or a person dismissed them. */
  readonly adopted: readonly UnmatchedNotification[];
  /**
   * Unmatched notifications that now have a review. They are not stale any more, but are still counted, matched and found as duplicates.
   */
  readonly reviewed: readonly UnmatchedNotification[];
  /** Reviews of the snapshot, each with one more action. Only `status` and `actions` differ from what was read. */
  readonly resolved: readonly Review[];
  /**
   * Deliveries of the payment, or of the named review, that are dead or due, to attempt from the first attempt on: due at the record's
   * `updatedAt`. A delivery that a success superseded becomes superseded instead. All others stay as they are.
   */
  readonly redriven: readonly Pick<DeliveryStatus, "eventId" | "handler" | "review">[];
}

/** An authenticated notification about a payment that is not in the store (yet). */
export interface UnmatchedNotification {
  readonly merchantAccount: string;
  /** What it names: a provider reference, a payment id, or a merchant reference that Pay did not make. */
  readonly subject: string;
  readonly digest: string;
  readonly fact: CallbackFact;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** Keyed digest of the buyer's e-mail address. */
  readonly buyerDigest?: string;
}

export interface HandlerKey {
  readonly name: string;
  readonly type: EventType;
}

export interface LeaseRequest {
  /** The current time, in Unix milliseconds. */
  readonly now: number;
  /** When the leases end, in Unix milliseconds. */
  readonly until: number;
  readonly handlers: readonly HandlerKey[];
  readonly limit: number;
}

export interface Delivery {
  readonly event: PayEvent;
  readonly handler: string;
  /** Counts from 1 the attempts that were not released, since the last redrive. */
  readonly attempt: number;
}

/** A delivery that a process may attempt until its lease ends. */
export interface LeasedDelivery extends Delivery {
  /** Counts all leases of this delivery from 1. After a release or a redrive, `attempt` has a number again that it had; this never does. */
  readonly lease: number;
}

export type DeliveryOutcome =
  | { readonly kind: "delivered"; readonly at: number }
  /** Pay cut the attempt off, or never began it: due again at `at`. The attempt does not count, and the last error stays. */
  | { readonly kind: "released"; readonly at: number }
  | { readonly kind: "retry"; readonly at: number; readonly dueAt: number; readonly error: string }
  | {
      readonly kind: "dead";
      readonly at: number;
      readonly error: string;
      readonly review: Review;
      /** Written together with the review. Absent if the dead letter is itself about a review. */
      readonly event?: ReviewEvent;
    };

export interface DeliveryStatus {
  readonly eventId: EventId;
  /** The review that the event is about, if it is about one. */
  readonly review?: ReviewId;
  readonly type: EventType;
  readonly handler: string;
  /** `superseded`: a success came before the delivery, which therefore never happens. */
  readonly status: (typeof DELIVERY_STATUSES)[number];
  /** How many attempts count, since the last redrive: one that `close()` cut off does not. */
  readonly attempts: number;
  /** Why the last attempt failed: its first line, masked; absent once delivered. */
  readonly error?: string;
  /**
   * When the next attempt is due, in Unix milliseconds; only while the status is `due`. If an earlier event of the payment waits for the
   * same handler, the attempt follows that event's.
   */
  readonly nextAttemptAt?: number;
}

/** A delivery whose last attempt failed. */
export interface FailingDelivery extends DeliveryStatus {
  /** The payment as it is now. Absent if the event is about a review that has no payment. */
  readonly payment?: Payment;
}
