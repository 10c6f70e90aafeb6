import type { DatabaseSync } from "node:sqlite";
import type {
  Changes,
  Decision,
  OpenRequest,
  OpenResult,
  PaymentId,
  PaymentRecord,
  Review,
  SettleQuery,
  Snapshot,
} from "@pay/core/store";
import { OVERTAKEN } from "./delivery.ts";
import { jsonOrNull, orphan, PAYMENT_COLUMNS, paymentRecord, paymentValues, type Row, review } from "./rows.ts";

export interface SettlementWork {
  readonly open: (request: OpenRequest) => OpenResult;
  readonly settle: <T>(query: SettleQuery, decide: (found: Snapshot) => Decision<T>) => T;
  readonly addReview: (review: Review) => void;
}

/** Opening and settling, as work to be run inside a transaction. */
export function settlementWork(db: DatabaseSync): SettlementWork {
  const byId = db.prepare("SELECT * FROM payment WHERE id = ?");
  const byRef = db.prepare("SELECT * FROM payment WHERE account = ? AND ref = ?");
  const byCheckout = db.prepare("SELECT * FROM payment WHERE checkout_key = ? AND checkout_attempt = ?");
  const orderPaidBy = db.prepare("SELECT payment_id FROM order_success WHERE order_id = ?");
  const inboxTwin = db.prepare("SELECT 1 FROM inbox WHERE payment_id = ? AND digest = ?");
  const orphanTwin = db.prepare("SELECT 1 FROM orphan WHERE account = ? AND subject = ? AND digest = ?");
  const orphanCount = db.prepare("SELECT count(*) AS count FROM orphan WHERE account = ?");
  const waitingOrphans = db.prepare(
    "SELECT * FROM orphan WHERE account = ? AND subject IN (?, ?, ?) ORDER BY received_at, digest",
  );
  const reviewById = db.prepare("SELECT * FROM review WHERE id = ?");

  const insertPayment = db.prepare(
    `INSERT INTO payment (${PAYMENT_COLUMNS.join(", ")}) VALUES (${PAYMENT_COLUMNS.map(() => "?").join(", ")})`,
  );
  const updatePayment = db.prepare(
    `UPDATE payment SET state = ?, ref = ?, updated_at = ?, expires_at = ?, version = ?, cause = ?, reversed = ?, next = ?,
       refunds = ? WHERE id = ?`,
  );
  // Naming a column makes SQLite write its indexes anew, each in a place of its own: most facts change no more than this.
  const updateState = db.prepare("UPDATE payment SET state = ?, updated_at = ?, version = ?, cause = ? WHERE id = ?");
  const insertHistory = db.prepare(
    "INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertInbox = db.prepare("INSERT OR IGNORE INTO inbox (payment_id, digest, received_at) VALUES (?, ?, ?)");
  const claimOrder = db.prepare("INSERT INTO order_success (order_id, payment_id) VALUES (?, ?)");
  const ask = db.prepare(
    `INSERT INTO ask (payment_id, version, attempts, due_at) VALUES (?, ?, 0, ?) ON CONFLICT (payment_id) DO UPDATE SET
       version = excluded.version, attempts = 0, due_at = min(excluded.due_at, due_at)`,
  );
  const insertReview = db.prepare(
    `INSERT INTO review (id, kind, payment_id, digest, opened_at, details, candidates, status, actions)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const resolveReview = db.prepare("UPDATE review SET status = ?, actions = ? WHERE id = ?");
  const redrive = db.prepare(
    `UPDATE delivery SET status = CASE WHEN ${OVERTAKEN} THEN 'superseded' ELSE 'due' END, attempts = 0, due_at = 0
     WHERE status = 'dead' AND handler = ?2
       AND (payment_id, sequence) IN (SELECT payment_id, sequence FROM outbox WHERE payment_id = ?1 AND event_id = ?3)`,
  );
  const insertEvent = db.prepare(
    "INSERT INTO outbox (payment_id, sequence, event_id, type, event) VALUES (?, ?, ?, ?, ?)",
  );
  const insertOrphan = db.prepare(
    `INSERT OR IGNORE INTO orphan (account, subject, digest, fact, received_at, buyer_digest) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const deleteOrphan = db.prepare("DELETE FROM orphan WHERE account = ? AND subject = ? AND digest = ?");
  const markOrphan = db.prepare("UPDATE orphan SET reviewed = 1 WHERE account = ? AND subject = ? AND digest = ?");

  const record = (row: unknown) => (row === undefined ? undefined : paymentRecord(row as Row));

  function find({ account, paymentId, ref }: SettleQuery): PaymentRecord | undefined {
    if (paymentId !== undefined) {
      const found = record(byId.get(paymentId));
      return found?.payment.account === account ? found : undefined;
    }
    return ref === undefined ? undefined : record(byRef.get(account, ref));
  }

  function paidBy(orderId: string): PaymentId | undefined {
    return orderPaidBy.get(orderId)?.payment_id as PaymentId | undefined;
  }

  function ownerOf({ account, ref }: SettleQuery, found: PaymentRecord | undefined): PaymentId | undefined {
    if (ref === undefined) return undefined;
    if (found?.payment.ref === ref) return found.payment.id;
    return byRef.get(account, ref)?.id as PaymentId | undefined;
  }

  function snapshot(query: SettleQuery): Snapshot {
    const { account, digest = "", paymentId, ref, subject } = query;
    const found = find(query);
    const id = found?.payment.id;
    const twin = id ? inboxTwin.get(id, digest) : orphanTwin.get(account, paymentId ?? ref ?? "", digest);
    const waiting = query.adopt ? waitingOrphans.all(account, id ?? paymentId ?? "", ref ?? "", subject ?? "") : [];
    const named = query.review && reviewById.get(query.review);
    return {
      record: found,
      twin: twin !== undefined,
      orderPaidBy: found && paidBy(found.payment.orderId),
      refOwner: ownerOf(query, found),
      orphans: waiting.map((row) => orphan(row as Row)),
      orphanCount: found ? 0 : Number(orphanCount.get(account)?.count),
      review: named && review(named as Row),
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

  function update(before: PaymentRecord | undefined, changed: PaymentRecord): void {
    const { payment, next, refunds } = changed;
    const { cause, version } = changed;
    if (before !== undefined && isOnlyState(before, changed)) {
      updateState.run(payment.state, payment.updatedAt, version, cause, payment.id);
      return;
    }
    updatePayment.run(
      payment.state,
      payment.ref ?? null,
      payment.updatedAt,
      payment.expiresAt,
      version,
      cause,
      Number(changed.reversed),
      jsonOrNull(next),
      jsonOrNull(refunds),
      payment.id,
    );
  }

  function writeRecord(before: PaymentRecord | undefined, { record: changed, ...changes }: Changes): void {
    if (changed === undefined) return;
    const { askAt, claimsOrder, history, inbox } = changes;
    const { payment } = changed;
    update(before, changed);
    for (const { sequence, at, fact, from, to, reviews } of history) {
      insertHistory.run(payment.id, sequence, at, JSON.stringify(fact), from, to, JSON.stringify(reviews));
    }
    for (const digest of inbox) insertInbox.run(payment.id, digest, payment.updatedAt);
    if (claimsOrder) claimOrder.run(payment.orderId, payment.id);
    if (askAt !== undefined) ask.run(payment.id, changed.version, askAt);
  }

  function write(before: PaymentRecord | undefined, changes: Changes): void {
    writeRecord(before, changes);
    for (const review of changes.reviews) addReview(review);
    for (const event of changes.events) {
      insertEvent.run(event.payment.id, event.sequence, event.id, event.type, JSON.stringify(event));
    }
    if (changes.orphan !== undefined) {
      const { account, subject, digest, fact, receivedAt, buyerDigest } = changes.orphan;
      insertOrphan.run(account, subject, digest, JSON.stringify(fact), receivedAt, buyerDigest ?? null);
    }
    for (const { account, subject, digest } of changes.adopted) deleteOrphan.run(account, subject, digest);
    for (const { account, subject, digest } of changes.reviewed) markOrphan.run(account, subject, digest);
    const { record: changed, resolved } = changes;
    if (resolved !== undefined) resolveReview.run(resolved.status, JSON.stringify(resolved.actions), resolved.id);
    if (changed === undefined) return;
    for (const { eventId, handler } of changes.redriven) redrive.run(changed.payment.id, handler, eventId);
  }

  return {
    open({ record: opened, entry }) {
      const { payment, checkout } = opened;
      const twin = checkout && record(byCheckout.get(checkout.key, checkout.attempt));
      if (twin !== undefined) return { kind: "exists", record: twin };
      const paid = paidBy(payment.orderId);
      if (paid !== undefined) return { kind: "order_paid", paymentId: paid };
      insertPayment.run(...paymentValues(opened));
      const { sequence, at, fact, from, to, reviews } = entry;
      insertHistory.run(payment.id, sequence, at, JSON.stringify(fact), from, to, JSON.stringify(reviews));
      return { kind: "opened" };
    },
    settle(query, decide) {
      const found = snapshot(query);
      const { changes, result } = decide(found);
      write(found.record, changes);
      return result;
    },
    addReview,
  };
}

function isOnlyState(before: PaymentRecord, after: PaymentRecord): boolean {
  return (
    before.payment.ref === after.payment.ref &&
    before.payment.expiresAt === after.payment.expiresAt &&
    before.reversed === after.reversed &&
    before.next === after.next &&
    before.refunds === after.refunds
  );
}
