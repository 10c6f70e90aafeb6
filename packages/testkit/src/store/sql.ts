import type { PaymentRecord, PaymentStore } from "@pay/core/store";
import { same } from "../same.ts";

/** Runs a statement on the database of the store under test, and returns its rows. Table names have no schema. */
export type Sql = (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Wraps a store: compares each answer about a payment with the rows, which it reads by SQL, past the store. */
export function readingBack(store: PaymentStore, sql: Sql): PaymentStore {
  const rows = (table: string, id: string, order: string) =>
    sql(`SELECT * FROM ${table} WHERE payment_id = '${id}' ORDER BY ${order}`);

  return {
    ...store,
    async payment(id) {
      const record = await store.payment(id);
      const found = await sql(`SELECT * FROM payment WHERE id = '${id}'`);
      const known = record === undefined ? [] : [record];
      same(found.map(paymentColumns), known.map(recordColumns), "the row of the payment");
      return record;
    },
    async payments(search) {
      const page = await store.payments(search);
      const ids = page.payments.map(({ payment }) => `'${payment.id}'`).join(", ");
      if (ids === "") return page;
      const found = await sql(`SELECT * FROM payment WHERE id IN (${ids}) ORDER BY id DESC`);
      same(found.map(paymentColumns), page.payments.map(recordColumns), "the rows of listed payments");
      return page;
    },
    async history(id) {
      const history = await store.history(id);
      const lines = history.map(({ sequence, at, fact, from, to, reviews }) => [sequence, at, fact, from, to, reviews]);
      same((await rows("history", id, "sequence")).map(historyColumns), lines, "the rows of the history");
      return history;
    },
    async deliveries(id) {
      const deliveries = await store.deliveries(id);
      const listed = deliveries.map(({ type, handler, status, attempts, error, nextAttemptAt }) => [
        type,
        handler,
        status,
        attempts,
        error ?? null,
        nextAttemptAt ?? null,
      ]);
      const streams = `SELECT '${id}' UNION ALL SELECT id FROM review WHERE payment_id = '${id}'`;
      same(
        (await sql(`SELECT * FROM delivery WHERE stream IN (${streams})`)).map(deliveryColumns).sort(),
        listed.sort(),
        "the rows of the deliveries",
      );
      return deliveries;
    },
    async openReviews(limit, after) {
      const reviews = await store.openReviews(limit, after);
      const those = `status = 'open' AND id > '${after ?? ""}'`;
      const found = await sql(`SELECT * FROM review WHERE ${those} ORDER BY id LIMIT ${limit}`);
      same(
        found.map(reviewColumns),
        reviews.map(({ id, kind, paymentId, digest, details, candidates, actions }) => {
          return [id, kind, paymentId ?? null, digest, details, candidates, actions];
        }),
        "the rows of the reviews",
      );
      return reviews;
    },
    async leaseStatusChecks(now, until, ...which) {
      const statusChecks = await store.leaseStatusChecks(now, until, ...which);
      for (const { attempt, paymentId, version } of statusChecks) {
        const found = await rows("status_check", paymentId, "version");
        same(found.map(statusCheckColumns), [[version, attempt, until]], "the row of the status check");
      }
      return statusChecks;
    },
    async finishStatusCheck(check, dueAt, attempts) {
      await store.finishStatusCheck(check, dueAt, attempts);
      const found = (await rows("status_check", check.paymentId, "version")).map(statusCheckColumns);
      const own = found.filter(([version, attempt]) => version === check.version && attempt === check.attempt);
      for (const [, , due] of own) same(due, dueAt, "the row of the status check");
    },
    async prune(request) {
      const pruned = await store.prune(request);
      const ids = pruned.map(({ paymentId }) => `'${paymentId}'`).join(", ");
      if (ids === "" || request.dryRun) return pruned;
      const parts = PARTS.map((table) => `SELECT payment_id FROM ${table} WHERE payment_id IN (${ids})`);
      // The events of a pruned review have a stream that no table names any more.
      const streams = STREAM_PARTS.map((table) => {
        const isGone = "(SELECT id FROM payment UNION ALL SELECT id FROM review)";
        return `SELECT stream FROM ${table} WHERE stream NOT IN ${isGone}`;
      });
      const left = [`SELECT id FROM payment WHERE id IN (${ids})`, ...parts, ...streams].join(" UNION ALL ");
      same(await sql(left), [], "the rows of pruned payments");
      return pruned;
    },
  };
}

/** Tables whose rows belong to one payment. */
const PARTS = ["history", "inbox", "review", "status_check"];
/** Tables whose rows belong to a payment or to a review. */
const STREAM_PARTS = ["outbox", "delivery"];

type Row = Readonly<Record<string, unknown>>;

/** Some drivers give 64-bit numbers as text. */
const number = (value: unknown) => Number(value);
/** JSON is text in some databases. */
const json = (value: unknown) => (typeof value === "string" ? JSON.parse(value) : value);

function paymentColumns(row: Row): object {
  return {
    ...{ merchantAccount: row.merchant_account, amount: number(row.amount), currency: row.currency },
    ...{ order: row.order_id, state: row.state, providerReference: row.provider_reference },
    ...{ created: number(row.created_at), updated: number(row.updated_at), expires: number(row.expires_at) },
    ...{ version: number(row.version), cause: row.cause, reversed: Boolean(row.reversed) },
    ...{ next: json(row.next), refunds: json(row.refunds), superseded: json(row.superseded) },
  };
}

function recordColumns({ payment, ...rest }: PaymentRecord): object {
  return {
    ...{ merchantAccount: payment.merchantAccount, amount: payment.amount.value, currency: payment.amount.currency },
    ...{ order: payment.orderId, state: payment.state, providerReference: payment.providerReference ?? null },
    ...{ created: payment.createdAt, updated: payment.updatedAt, expires: payment.expiresAt },
    ...{ version: rest.version, cause: rest.cause, reversed: rest.reversed },
    ...{ next: rest.next ?? null, refunds: rest.refunds ?? null, superseded: payment.superseded ?? null },
  };
}

function historyColumns(row: Row): readonly unknown[] {
  return [number(row.sequence), number(row.at), json(row.fact), row.from_state, row.to_state, json(row.reviews)];
}

function deliveryColumns(row: Row): readonly unknown[] {
  const dueAt = row.status === "due" ? number(row.due_at) : null;
  return [row.type, row.handler, row.status, number(row.attempts), row.error, dueAt];
}

function statusCheckColumns(row: Row): readonly number[] {
  return [number(row.version), number(row.attempts), number(row.due_at)];
}

function reviewColumns(row: Row): readonly unknown[] {
  const { id, kind, payment_id, digest, details, candidates, actions } = row;
  return [id, kind, payment_id, digest, json(details), json(candidates), json(actions)];
}
