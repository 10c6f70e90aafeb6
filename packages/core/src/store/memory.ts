import type {
  Changes,
  DeliveryOutcome,
  DeliveryStatus,
  HandlerKey,
  LeasedDelivery,
  LeaseRequest,
  OrderSnapshot,
  PaymentStore,
  Snapshot,
  UnmatchedNotification,
  UpdateQuery,
} from "../contract/store.ts";
import { FINISHED_DELIVERY_STATUSES } from "../model/delivery.ts";
import { type PayEvent, streamOf } from "../model/event.ts";
import { SUPERSEDED_BY_SUCCESS } from "../model/event-types.ts";
import type { HistoryEntry } from "../model/fact.ts";
import type { PaymentId, ReviewId } from "../model/ids.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { isUnderWay } from "../model/refund.ts";
import { EXPIRY_HOLDING_REVIEWS, type Review } from "../model/review.ts";
import { unmatchedDigest } from "../recording/digest.ts";
import { findFinished, isAbout, type Kept, remove, type StoredDelivery } from "./memory-prune.ts";
import { candidates, search } from "./memory-search.ts";

/**
 * The reference store: everything is in this process's memory and is lost with it. Use it for tests and to read the rules, never for money.
 * Each method runs without an await, so each is a transaction.
 */
export function memoryStore(): PaymentStore {
  const records = new Map<PaymentId, PaymentRecord>();
  const histories = new Map<PaymentId, HistoryEntry[]>();
  const orderSuccess = new Map<string, PaymentId>();
  const inboxes = new Map<PaymentId, Set<string>>();
  const allReviews = new Map<ReviewId, Review>();
  const unmatchedNotifications = new Map<string, { unmatched: UnmatchedNotification; reviewed: boolean }>();
  const outbox: { event: PayEvent; dispatched: boolean }[] = [];
  const handlers = new Map<string, HandlerKey>();
  const deliveries: StoredDelivery[] = [];
  const statusChecks = new Map<PaymentId, { version: number; requestedFor: number; attempts: number; dueAt: number }>();
  const kept: Kept = { records, histories, orderSuccess, inboxes, allReviews, outbox, deliveries, statusChecks };

  const all = () => [...records.values()];

  function find({ merchantAccount, paymentId, providerReference }: UpdateQuery): PaymentRecord | undefined {
    if (paymentId !== undefined) {
      const record = records.get(paymentId);
      return record?.payment.merchantAccount === merchantAccount ? record : undefined;
    }
    return providerReference === undefined ? undefined : ownerOf(merchantAccount, providerReference);
  }

  function ownerOf(merchantAccount: string, providerReference: string): PaymentRecord | undefined {
    return all().find(
      ({ payment }) => payment.merchantAccount === merchantAccount && payment.providerReference === providerReference,
    );
  }

  function order(orderId: string): OrderSnapshot {
    const payments = all().filter(({ payment }) => payment.orderId === orderId);
    return { paidBy: orderSuccess.get(orderId), payments: payments.sort(byCreation) };
  }

  function snapshot(query: UpdateQuery): Snapshot {
    const { merchantAccount, digest = "", providerReference } = query;
    const record = find(query);
    const subjects: readonly (string | undefined)[] = [
      record?.payment.id ?? query.paymentId,
      providerReference,
      query.subject,
    ];
    const ofAccount = [...unmatchedNotifications.values()]
      .map(({ unmatched }) => unmatched)
      .filter((unmatched) => unmatched.merchantAccount === merchantAccount)
      .sort((a, b) => a.receivedAt - b.receivedAt);
    const waiting = query.adopt ? ofAccount.filter(({ subject }) => subjects.includes(subject)) : [];
    return {
      record,
      duplicate: record
        ? inboxes.get(record.payment.id)?.has(digest) === true
        : unmatchedNotifications.has(
            unmatchedKey({ merchantAccount, digest, subject: query.paymentId ?? providerReference ?? "" }),
          ),
      orderPaidBy: record && orderSuccess.get(record.payment.orderId),
      providerReferenceOwner:
        providerReference === undefined ? undefined : ownerOf(merchantAccount, providerReference)?.payment.id,
      unmatchedNotifications: waiting,
      unmatchedReviews: waiting.flatMap((unmatched) => openReviewOf(unmatchedDigest(unmatched))),
      unmatchedCount: record ? 0 : ofAccount.length,
      review: query.review && allReviews.get(query.review),
      openReviews: record && query.openReviews ? openReviewsOf(record.payment.id) : [],
    };
  }

  function write(changes: Changes): void {
    const { record } = changes;
    if (record !== undefined) {
      const { id, orderId } = record.payment;
      records.set(id, record);
      histories.get(id)?.push(...changes.history);
      for (const digest of changes.inbox) inboxes.get(id)?.add(digest);
      if (changes.claimsOrder) orderSuccess.set(orderId, id);
      if (changes.checkStatusAt !== undefined) scheduleStatusCheck(record, changes.checkStatusAt);
    }
    for (const review of changes.reviews) addReview(review);
    for (const event of changes.events) addEvent(event);
    if (changes.unmatched) addUnmatched(changes.unmatched);
    for (const unmatched of changes.adopted) unmatchedNotifications.delete(unmatchedKey(unmatched));
    for (const unmatched of changes.reviewed) {
      const kept = unmatchedNotifications.get(unmatchedKey(unmatched));
      if (kept) kept.reviewed = true;
    }
    for (const review of changes.resolved) allReviews.set(review.id, review);
    for (const named of changes.redriven) {
      if (record !== undefined || named.review !== undefined) redrive(named, record?.payment.updatedAt ?? 0);
    }
  }

  function scheduleStatusCheck({ payment: { id }, version }: PaymentRecord, at: number): void {
    const dueAt = Math.min(at, statusChecks.get(id)?.dueAt ?? at);
    statusChecks.set(id, { version, requestedFor: at, attempts: 0, dueAt });
  }

  function addReview(review: Review): void {
    if (findOpen(review) === undefined) allReviews.set(review.id, review);
  }

  function findOpen(subject: Pick<Review, "kind" | "digest" | "paymentId">): Review | undefined {
    return sortedReviews().find(
      ({ status, paymentId, kind, digest }) =>
        status === "open" && paymentId === subject.paymentId && kind === subject.kind && digest === subject.digest,
    );
  }

  function openReviewsOf(id: PaymentId): Review[] {
    return sortedReviews().filter(({ paymentId, status }) => paymentId === id && status === "open");
  }

  /** The open review of an unmatched notification, if it has one. */
  function openReviewOf(digest: string): Review[] {
    return sortedReviews().filter(
      (review) =>
        review.status === "open" &&
        review.kind === "unmatched" &&
        review.paymentId === undefined &&
        review.digest === digest,
    );
  }

  /** A review of the same content that is open already stands, and its event was written with it. */
  function addEvent(event: PayEvent): void {
    if (event.type === "review.opened" && !allReviews.has(event.review.id)) return;
    outbox.push({ event, dispatched: false });
  }

  function sortedReviews(): Review[] {
    return [...allReviews.values()].sort((a, b) => a.openedAt - b.openedAt);
  }

  function redrive({ eventId, handler }: Changes["redriven"][number], dueAt: number): void {
    const named = deliveries.find((known) => known.event.id === eventId && known.handler === handler);
    if (named?.status !== "dead" && named?.status !== "due") return;
    Object.assign(named, { status: isSupersededBySuccess(named) ? "superseded" : "due", attempts: 0, dueAt });
  }

  function addUnmatched(unmatched: UnmatchedNotification): void {
    const key = unmatchedKey(unmatched);
    if (!unmatchedNotifications.has(key)) unmatchedNotifications.set(key, { unmatched, reviewed: false });
  }

  /** New deliveries are due from now on, so that older ones are leased first. */
  function dispatch(now: number): void {
    for (const entry of outbox) {
      if (entry.dispatched) continue;
      entry.dispatched = true;
      for (const { name, type } of handlers.values()) {
        if (type !== entry.event.type) continue;
        deliveries.push({
          event: entry.event,
          handler: name,
          status: "due",
          attempts: 0,
          lease: 0,
          dueAt: now,
          error: undefined,
        });
      }
    }
  }

  /** A success makes earlier events obsolete that were not delivered. */
  function supersede(now: number): void {
    for (const delivery of deliveries) {
      if (isFree(delivery, now) && isSupersededBySuccess(delivery)) delivery.status = "superseded";
    }
  }

  function isSupersededBySuccess({ event }: StoredDelivery): boolean {
    if (!SUPERSEDED_BY_SUCCESS.includes(event.type)) return false;
    return outbox.some(({ event: later }) => later.type === "payment.succeeded" && isEarlier(event, later));
  }

  function isFree(delivery: StoredDelivery, now: number): boolean {
    return delivery.status === "due" || (delivery.status === "leased" && delivery.dueAt <= now);
  }

  function waitsForEarlier(delivery: StoredDelivery): boolean {
    return deliveries.some(
      (other) =>
        other.handler === delivery.handler &&
        isEarlier(other.event, delivery.event) &&
        (other.status === "due" || other.status === "leased"),
    );
  }

  return {
    async start() {},
    async openReadOnly() {},
    async close() {},

    async insert({ record, entry, decide }) {
      const { checkout, payment } = record;
      const duplicate = checkout && all().find((known) => sameTry(known, checkout));
      if (duplicate) return { kind: "exists", record: duplicate };
      const decision = decide(order(payment.orderId));
      if (decision.kind !== "open") return decision;
      for (const changes of decision.changes) write(changes);
      if (decision.releasesOrder) orderSuccess.delete(payment.orderId);
      records.set(payment.id, record);
      histories.set(payment.id, [entry]);
      inboxes.set(payment.id, new Set());
      return { kind: "opened" };
    },

    async update(query, decide) {
      const { changes, result } = decide(snapshot(query));
      write(changes);
      return result;
    },

    payment: async (id) => records.get(id),
    paymentByProviderReference: async (merchantAccount, providerReference) =>
      ownerOf(merchantAccount, providerReference),
    order: async (orderId) => order(orderId),
    payments: async (wanted) => search(all(), wanted),
    history: async (id) => [...(histories.get(id) ?? [])],
    openReviews: async (limit, after = "" as ReviewId) =>
      [...allReviews.values()]
        .filter(({ id, status }) => status === "open" && id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    openReview: async (subject) => findOpen(subject),
    reviewsOfPayment: async (id) => sortedReviews().filter(({ paymentId }) => paymentId === id),
    review: async (id) => allReviews.get(id),

    async registerHandlers(keys) {
      for (const { name, type } of keys) handlers.set(`${type} ${name}`, { name, type });
      return [...handlers.values()].filter(
        (known) =>
          !keys.some((key) => sameHandler(key, known)) && deliveries.some((waiting) => waitsFor(waiting, known)),
      );
    },

    async leaseDeliveries({ now, until, handlers: ours, limit }: LeaseRequest) {
      dispatch(now);
      supersede(now);
      const taken: LeasedDelivery[] = [];
      for (const delivery of deliveries) {
        if (taken.length === limit) break;
        const { event, handler } = delivery;
        if (delivery.dueAt > now || !isFree(delivery, now) || !includes(ours, delivery)) continue;
        if (waitsForEarlier(delivery)) continue;
        delivery.status = "leased";
        delivery.attempts += 1;
        delivery.lease += 1;
        delivery.dueAt = until;
        taken.push({ event, handler, attempt: delivery.attempts, lease: delivery.lease });
      }
      return taken;
    },

    async finishDelivery({ event, handler, lease }, outcome: DeliveryOutcome) {
      const delivery = deliveries.find((known) => known.event.id === event.id && known.handler === handler);
      if (delivery?.status !== "leased" || delivery.lease !== lease) return;
      if (outcome.kind === "retry" || outcome.kind === "released") {
        delivery.status = isSupersededBySuccess(delivery) ? "superseded" : "due";
        delivery.dueAt = outcome.kind === "retry" ? outcome.dueAt : outcome.at;
      } else {
        delivery.status = outcome.kind;
      }
      if (outcome.kind === "released") delivery.attempts -= 1;
      else delivery.error = outcome.kind === "delivered" ? undefined : outcome.error;
      if (outcome.kind !== "dead") return;
      addReview(outcome.review);
      if (outcome.event !== undefined) addEvent(outcome.event);
    },

    async nextDeliveryAt(after, ours) {
      const times = deliveries
        .filter((known) => (known.status === "due" || known.status === "leased") && includes(ours, known))
        .map(({ dueAt }) => dueAt)
        .filter((dueAt) => dueAt > after);
      return times.length === 0 ? undefined : Math.min(...times);
    },

    async deliveries(id) {
      return deliveries
        .filter(({ event }) => isAbout(event, id))
        .sort(byStream)
        .map(deliveryStatus);
    },

    async failingDeliveries(limit) {
      return deliveries
        .filter(({ error, status }) => error !== undefined && !FINISHED_DELIVERY_STATUSES.includes(status))
        .sort((a, b) => -byHandler(a, b))
        .slice(0, limit)
        .map((delivery) => {
          const { event } = delivery;
          const record = records.get("review" in event ? event.review.paymentId! : event.payment.id);
          return { ...deliveryStatus(delivery), ...(record && { payment: record.payment }) };
        });
    },

    async leaseStatusChecks(now, until, limit, except = []) {
      const due = [...statusChecks]
        .map(([paymentId, check]) => ({
          check,
          paymentId,
          merchantAccount: records.get(paymentId)!.payment.merchantAccount,
        }))
        .filter(({ check, merchantAccount }) => check.dueAt <= now && !except.includes(merchantAccount))
        .sort((a, b) => a.check.dueAt - b.check.dueAt);
      return due.slice(0, limit).map(({ check, ...payment }) => {
        Object.assign(check, { attempts: check.attempts + 1, dueAt: until });
        const { attempts: attempt, requestedFor, version } = check;
        return { ...payment, version, requestedFor, attempt };
      });
    },

    async finishStatusCheck({ attempt, paymentId, version }, dueAt, attempts = attempt) {
      const check = statusChecks.get(paymentId);
      if (check?.version !== version || check.attempts !== attempt) return;
      if (dueAt === undefined) statusChecks.delete(paymentId);
      else Object.assign(check, { attempts, dueAt });
    },

    async openPaymentsByAccount() {
      const isOpen = ({ payment }: PaymentRecord) => OPEN_STATES.includes(payment.state);
      const isRefunding = ({ refunds = [] }: PaymentRecord) => refunds.some(isUnderWay);
      const waiting = all().filter((record) => isOpen(record) || isRefunding(record));
      const groups = Map.groupBy(waiting, ({ keyId, payment: { merchantAccount, providerName } }) =>
        JSON.stringify([merchantAccount, providerName, keyId]),
      );
      return [...groups.values()]
        .map((group) => {
          const { keyId, payment } = group[0]!;
          const { merchantAccount, adapter, providerName } = payment;
          const [payments, refunds] = [group.filter(isOpen).length, group.filter(isRefunding).length];
          return { adapter, merchantAccount, providerName, keyId, payments, refunds };
        })
        .sort(
          (a, b) =>
            compare(a.merchantAccount, b.merchantAccount) ||
            compare(a.providerName, b.providerName) ||
            compare(a.keyId, b.keyId),
        );
    },

    async overdue(now, createdBefore, limit) {
      return all()
        .filter(({ payment }) => OPEN_STATES.includes(payment.state))
        .filter(({ payment: { id, state, createdAt, expiresAt } }) => {
          if (state === "created" && createdAt <= createdBefore) return true;
          return expiresAt <= now && !openReviewsOf(id).some(({ kind }) => EXPIRY_HOLDING_REVIEWS.includes(kind));
        })
        .sort(byCreation)
        .filter(atMostOfEachAccount(limit));
    },

    async staleUnmatched(receivedBefore, limit) {
      return [...unmatchedNotifications.values()]
        .filter(({ unmatched, reviewed }) => !reviewed && unmatched.receivedAt <= receivedBefore)
        .map(({ unmatched }) => unmatched)
        .sort((a, b) => a.receivedAt - b.receivedAt)
        .slice(0, limit);
    },

    candidates: async (unmatched, limit) => candidates(all(), unmatched).slice(0, limit),

    async prune(request) {
      const found = findFinished(kept, request);
      if (!request.dryRun) remove(kept, found);
      return found;
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A filter that keeps the first records of each merchant account. */
function atMostOfEachAccount(limit: number): (record: PaymentRecord) => boolean {
  const kept = new Map<string, number>();
  return ({ payment: { merchantAccount } }) => {
    const place = (kept.get(merchantAccount) ?? 0) + 1;
    kept.set(merchantAccount, place);
    return place <= limit;
  };
}

function byHandler(a: StoredDelivery, b: StoredDelivery): number {
  return (
    compare(streamOf(a.event), streamOf(b.event)) ||
    compare(a.handler, b.handler) ||
    a.event.sequence - b.event.sequence
  );
}

function deliveryStatus({ attempts, dueAt, error, event, handler, status }: StoredDelivery): DeliveryStatus {
  return {
    ...{ eventId: event.id, type: event.type, handler, status, attempts },
    ...("review" in event && { review: event.review.id }),
    ...(error !== undefined && { error }),
    ...(status === "due" && { nextAttemptAt: dueAt }),
  };
}

function byCreation(a: PaymentRecord, b: PaymentRecord): number {
  return a.payment.createdAt - b.payment.createdAt;
}

function unmatchedKey({
  merchantAccount,
  subject,
  digest,
}: Pick<UnmatchedNotification, "merchantAccount" | "subject" | "digest">): string {
  return JSON.stringify([merchantAccount, subject, digest]);
}

function sameTry(known: PaymentRecord, { key, attempt }: { key: string; attempt: number }): boolean {
  return known.checkout?.key === key && known.checkout.attempt === attempt;
}

function isEarlier(a: PayEvent, b: PayEvent): boolean {
  return streamOf(a) === streamOf(b) && a.sequence < b.sequence;
}

function byStream(a: StoredDelivery, b: StoredDelivery): number {
  return compare(streamOf(a.event), streamOf(b.event)) || a.event.sequence - b.event.sequence;
}

function sameHandler(a: HandlerKey, b: HandlerKey): boolean {
  return a.name === b.name && a.type === b.type;
}

function waitsFor({ event, handler, status }: StoredDelivery, { name, type }: HandlerKey): boolean {
  return handler === name && event.type === type && (status === "due" || status === "leased");
}

function includes(keys: readonly HandlerKey[], { event, handler }: StoredDelivery): boolean {
  return keys.some(({ name, type }) => name === handler && type === event.type);
}
