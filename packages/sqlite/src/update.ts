import type { DatabaseSync } from "node:sqlite";
import {
  type Changes,
  type Decision,
  type InsertRequest,
  type InsertResult,
  type OrderSnapshot,
  type PayEvent,
  type PaymentId,
  type PaymentRecord,
  type Review,
  type Snapshot,
  streamOf,
  type UpdateQuery,
  unmatchedDigest,
} from "@pay/core/store";
import {
  changeableValues,
  INSERT_PAYMENT,
  paymentRecord,
  paymentValues,
  type Row,
  review,
  UPDATE_PAYMENT,
  unmatched,
} from "./rows.ts";
import { IS_SUPERSEDED_BY_SUCCESS } from "./sql-lists.ts";

export interface Updates {
  readonly insert: (request: InsertRequest) => InsertResult;
  readonly update: <T>(query: UpdateQuery, decide: (found: Snapshot) => Decision<T>) => T;
  readonly order: (orderId: string) => OrderSnapshot;
  readonly addReview: (review: Review) => void;
  readonly addEvent: (event: PayEvent) => void;
}

/** Prepares the statements. The caller runs an insert or an update inside a transaction. */
export function prepareUpdates(db: DatabaseSync): Updates {
  const byId = db.prepare("SELECT * FROM payment WHERE id = ?");
  const byProviderReference = db.prepare("SELECT * FROM payment WHERE merchant_account = ? AND provider_reference = ?");
  const byCheckout = db.prepare("SELECT * FROM payment WHERE checkout_key = ? AND checkout_attempt = ?");
  const orderPaidBy = db.prepare("SELECT payment_id FROM order_success WHERE order_id = ?");
  // One statement: as of one moment.
  const ofOrder = db.prepare(
    `SELECT success.payment_id AS paid_by, payment.* FROM (SELECT ? AS id) AS wanted
     LEFT JOIN order_success AS success ON success.order_id = wanted.id LEFT JOIN payment ON payment.order_id = wanted.id
     ORDER BY payment.id`,
  );
  const duplicateInInbox = db.prepare("SELECT 1 FROM inbox WHERE payment_id = ? AND digest = ?");
  const duplicateUnmatched = db.prepare(
    "SELECT 1 FROM unmatched WHERE merchant_account = ? AND subject = ? AND digest = ?",
  );
  const unmatchedCount = db.prepare("SELECT count(*) AS count FROM unmatched WHERE merchant_account = ?");
  const waitingUnmatched = db.prepare(
    "SELECT * FROM unmatched WHERE merchant_account = ? AND subject IN (?, ?, ?) ORDER BY received_at, digest",
  );
  const reviewById = db.prepare("SELECT * FROM review WHERE id = ?");
  const openReviewOfUnmatched = db.prepare(
    "SELECT * FROM review WHERE kind = 'unmatched' AND digest = ? AND coalesce(payment_id, '') = '' AND status = 'open'",
  );
  const openReviews = db.prepare(
    "SELECT * FROM review WHERE payment_id = ? AND status = 'open' ORDER BY opened_at, id",
  );

  const insertPayment = db.prepare(INSERT_PAYMENT);
  const updatePayment = db.prepare(UPDATE_PAYMENT);
  // SQLite rewrites the indexes of every column that an UPDATE names, and most facts change only these columns.
  const updateState = db.prepare("UPDATE payment SET state = ?, updated_at = ?, version = ?, cause = ? WHERE id = ?");
  const insertHistory = db.prepare(
    "INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertInbox = db.prepare("INSERT OR IGNORE INTO inbox (payment_id, digest, received_at) VALUES (?, ?, ?)");
  const claimOrder = db.prepare("INSERT INTO order_success (order_id, payment_id) VALUES (?, ?)");
  const releaseOrder = db.prepare("DELETE FROM order_success WHERE order_id = ?");
  const requestStatusCheck = db.prepare(
    `INSERT INTO status_check (payment_id, version, requested_for, attempts, due_at) VALUES (?1, ?2, ?3, 0, ?3)
     ON CONFLICT (payment_id) DO UPDATE SET version = excluded.version, requested_for = excluded.requested_for, attempts = 0,
       due_at = min(excluded.due_at, due_at)`,
  );
  const insertReview = db.prepare(
    `INSERT INTO review (id, kind, payment_id, digest, opened_at, details, candidates, status, actions)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const resolveReview = db.prepare("UPDATE review SET status = ?, actions = ? WHERE id = ?");
  const redrive = db.prepare(
    `UPDATE delivery SET status = CASE WHEN ${IS_SUPERSEDED_BY_SUCCESS} THEN 'superseded' ELSE 'due' END, attempts = 0, due_at = ?4
     WHERE (status = 'dead' OR status = 'due') AND handler = ?2
       AND (stream, sequence) IN (SELECT stream, sequence FROM outbox WHERE stream = ?1 AND event_id = ?3)`,
  );
  const insertEvent = db.prepare("INSERT INTO outbox (stream, sequence, event_id, type, event) VALUES (?, ?, ?, ?, ?)");
  const insertUnmatched = db.prepare(
    `INSERT OR IGNORE INTO unmatched (merchant_account, subject, digest, fact, received_at, buyer_digest) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const deleteUnmatched = db.prepare("DELETE FROM unmatched WHERE merchant_account = ? AND subject = ? AND digest = ?");
  const markUnmatched = db.prepare(
    "UPDATE unmatched SET reviewed = 1 WHERE merchant_account = ? AND subject = ? AND digest = ?",
  );

  const record = (row: unknown) => (row === undefined ? undefined : paymentRecord(row as Row));

  function find({ merchantAccount, paymentId, providerReference }: UpdateQuery): PaymentRecord | undefined {
    if (paymentId !== undefined) {
      const found = record(byId.get(paymentId));
      return found?.payment.merchantAccount === merchantAccount ? found : undefined;
    }
    return providerReference === undefined
      ? undefined
      : record(byProviderReference.get(merchantAccount, providerReference));
  }

  function paidBy(orderId: string): PaymentId | undefined {
    return orderPaidBy.get(orderId)?.payment_id as PaymentId | undefined;
  }

  function order(orderId: string): OrderSnapshot {
    const rows = ofOrder.all(orderId) as Row[];
    const found = rows.filter(({ id }) => id !== null).map(paymentRecord);
    return { paidBy: (rows[0]?.paid_by ?? undefined) as PaymentId | undefined, payments: found };
  }

  function ownerOf(
    { merchantAccount, providerReference }: UpdateQuery,
    found: PaymentRecord | undefined,
  ): PaymentId | undefined {
    if (providerReference === undefined) return undefined;
    if (found?.payment.providerReference === providerReference) return found.payment.id;
    return byProviderReference.get(merchantAccount, providerReference)?.id as PaymentId | undefined;
  }

  function snapshot(query: UpdateQuery): Snapshot {
    const { merchantAccount, digest = "", paymentId, providerReference, subject } = query;
    const found = find(query);
    const id = found?.payment.id;
    const duplicate = id
      ? duplicateInInbox.get(id, digest)
      : duplicateUnmatched.get(merchantAccount, paymentId ?? providerReference ?? "", digest);
    const waiting = query.adopt
      ? waitingUnmatched
          .all(merchantAccount, id ?? paymentId ?? "", providerReference ?? "", subject ?? "")
          .map((row) => unmatched(row as Row))
      : [];
    const named = query.review && reviewById.get(query.review);
    return {
      record: found,
      duplicate: duplicate !== undefined,
      orderPaidBy: found && paidBy(found.payment.orderId),
      providerReferenceOwner: ownerOf(query, found),
      unmatchedNotifications: waiting,
      unmatchedReviews: waiting
        .flatMap((found) => openReviewOfUnmatched.all(unmatchedDigest(found)))
        .map((row) => review(row as Row)),
      unmatchedCount: found ? 0 : Number(unmatchedCount.get(merchantAccount)?.count),
      review: named && review(named as Row),
      openReviews: id && query.openReviews ? openReviews.all(id).map((row) => review(row as Row)) : [],
    };
  }

  function addReview(added: Review): void {
    const { id, kind, paymentId, digest, openedAt, details, candidates, status, actions } = added;
    const [detailsJson, candidatesJson, actionsJson] = [details, candidates, actions].map((part) =>
      JSON.stringify(part),
    );
    insertReview.run(
      id,
      kind,
      paymentId ?? null,
      digest,
      openedAt,
      detailsJson!,
      candidatesJson!,
      status,
      actionsJson!,
    );
  }

  /** A review of the same content that is open already stands, and its event was written with it. */
  function addEvent(event: PayEvent): void {
    if (event.type === "review.opened" && reviewById.get(event.review.id) === undefined) return;
    insertEvent.run(streamOf(event), event.sequence, event.id, event.type, JSON.stringify(event));
  }

  function updateRow(before: PaymentRecord | undefined, changed: PaymentRecord): void {
    const { cause, payment, version } = changed;
    if (before !== undefined && isOnlyState(before, changed)) {
      updateState.run(payment.state, payment.updatedAt, version, cause, payment.id);
    } else {
      updatePayment.run(...changeableValues(changed), payment.id);
    }
  }

  function writeRecord(before: PaymentRecord | undefined, { record: changed, ...changes }: Changes): void {
    if (changed === undefined) return;
    const { checkStatusAt, claimsOrder, history, inbox } = changes;
    const { payment } = changed;
    updateRow(before, changed);
    for (const { sequence, at, fact, from, to, reviews } of history) {
      insertHistory.run(payment.id, sequence, at, JSON.stringify(fact), from, to, JSON.stringify(reviews));
    }
    for (const digest of inbox) insertInbox.run(payment.id, digest, payment.updatedAt);
    if (claimsOrder) claimOrder.run(payment.orderId, payment.id);
    if (checkStatusAt !== undefined) requestStatusCheck.run(payment.id, changed.version, checkStatusAt);
  }

  function write(before: PaymentRecord | undefined, changes: Changes): void {
    writeRecord(before, changes);
    for (const review of changes.reviews) addReview(review);
    for (const event of changes.events) addEvent(event);
    if (changes.unmatched !== undefined) {
      const { merchantAccount, subject, digest, fact, receivedAt, buyerDigest } = changes.unmatched;
      insertUnmatched.run(merchantAccount, subject, digest, JSON.stringify(fact), receivedAt, buyerDigest ?? null);
    }
    for (const { merchantAccount, subject, digest } of changes.adopted)
      deleteUnmatched.run(merchantAccount, subject, digest);
    for (const { merchantAccount, subject, digest } of changes.reviewed)
      markUnmatched.run(merchantAccount, subject, digest);
    for (const { id, status, actions } of changes.resolved) resolveReview.run(status, JSON.stringify(actions), id);
    const { record: changed } = changes;
    for (const { eventId, handler, review: about } of changes.redriven) {
      redrive.run(about ?? changed?.payment.id ?? null, handler, eventId, changed?.payment.updatedAt ?? 0);
    }
  }

  return {
    insert({ record: opened, entry, decide }) {
      const { payment, checkout } = opened;
      const duplicate = checkout && record(byCheckout.get(checkout.key, checkout.attempt));
      if (duplicate !== undefined) return { kind: "exists", record: duplicate };
      const found = order(payment.orderId);
      const decision = decide(found);
      if (decision.kind !== "open") return decision;
      for (const changes of decision.changes) {
        write(
          found.payments.find(({ payment: { id } }) => id === changes.record?.payment.id),
          changes,
        );
      }
      if (decision.releasesOrder) releaseOrder.run(payment.orderId);
      insertPayment.run(...paymentValues(opened));
      const { sequence, at, fact, from, to, reviews } = entry;
      insertHistory.run(payment.id, sequence, at, JSON.stringify(fact), from, to, JSON.stringify(reviews));
      return { kind: "opened" };
    },
    update(query, decide) {
      const found = snapshot(query);
      const { changes, result } = decide(found);
      write(found.record, changes);
      return result;
    },
    order,
    addReview,
    addEvent,
  };
}

function isOnlyState(before: PaymentRecord, after: PaymentRecord): boolean {
  return (
    before.payment.providerReference === after.payment.providerReference &&
    before.payment.expiresAt === after.payment.expiresAt &&
    before.payment.superseded === after.payment.superseded &&
    before.reversed === after.reversed &&
    before.next === after.next &&
    before.refunds === after.refunds
  );
}
