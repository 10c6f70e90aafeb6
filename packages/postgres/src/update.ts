import {
  type Changes,
  type Decision,
  type InsertRequest,
  type InsertResult,
  type OrderSnapshot,
  PayError,
  type PaymentId,
  type PaymentRecord,
  type PaymentStore,
  type Snapshot,
  type UpdateQuery,
  unmatchedDigest,
} from "@pay/core/store";
import type { Database } from "./database.ts";
import { isAnswer, isConflict } from "./errors.ts";
import { createGroup } from "./group.ts";
import {
  changeableColumns,
  eventRow,
  historyRow,
  paymentRecord,
  paymentRow,
  type Row,
  review,
  reviewRow,
  type Sql,
  unmatched,
  unmatchedRow,
} from "./rows.ts";

/** One query of `pay.update_all`. */
interface QueryRow {
  readonly merchant_account: string;
  readonly payment_id: string | undefined;
  readonly provider_reference: string | undefined;
  readonly digest: string;
  readonly adopt: boolean;
  readonly subject: string | undefined;
  readonly review: string | undefined;
  readonly open_reviews: boolean;
  readonly optimistic: OptimisticUpdate | undefined;
}

/** The change to write at once if the payment is as expected, as `pay.update_all` reads it. */
interface OptimisticUpdate {
  readonly state: string;
  readonly cause: string;
  readonly updated_at: number;
  readonly fact: object;
  readonly claims_order: boolean;
  readonly event: { readonly event_id: string; readonly type: string } | undefined;
  readonly amount: number | undefined;
  readonly currency: string | undefined;
}

/** The methods that write. The queries of callbacks that arrive together share one statement. */
export function createUpdates({ sql }: Database): Pick<PaymentStore, "insert" | "update"> {
  const updateOne = createGroup<QueryRow, Row>(
    (queries) => sql("SELECT * FROM pay.update_all($1)", [JSON.stringify(queries)]),
    rowName,
  );
  const writing: Writing = new Map();
  return {
    insert: (request) => insert(sql, request),
    update: (query, decide) => update(sql, updateOne, writing, query, decide),
  };
}

/**
 * The writes of this process that run now, by the row they change. An update that decided meanwhile reads again after the write. Without
 * this, each of a thousand copies of a callback would take a connection only to learn that another copy was first, and other payments would
 * wait for a connection until they are refused.
 */
type Writing = Map<string, Promise<boolean>>;

/** How often other processes may write in between before the caller has to try again. */
const TRIES = 20;

/**
 * Holds nothing between two statements. The first reads, and writes the optimistic update if it fits. Then the rule decides.
 * The second statement writes, unless what was read has changed: then all of it is repeated.
 */
async function update<T>(
  sql: Sql,
  updateOne: (query: QueryRow) => Promise<Row>,
  writing: Writing,
  query: UpdateQuery,
  decide: (found: Snapshot) => Decision<T>,
): Promise<T> {
  let optimistic = optimisticUpdateOf(query, decide);
  for (let tries = 0; tries < TRIES; ) {
    try {
      const row = queryRow(query, optimistic);
      optimistic = undefined;
      const answer = await updateOne(row);
      const found = await withUnmatchedReviews(sql, snapshot(answer));
      const { changes, result } = decide(found);
      if (answer.applied || changesNothing(changes)) return result;
      const name = found.record?.payment.id ?? rowName(row);
      const other = writing.get(name);
      if (other !== undefined) {
        // If the server did not answer the other write, waiting as long again would exceed a gateway's timeout.
        await other.catch((error: unknown) => {
          if (!isAnswer(error)) throw error;
        });
        continue;
      }
      const write = writeChanges(sql, row, answer, found, changes).finally(() => writing.delete(name));
      writing.set(name, write);
      if (await write) return result;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    tries++;
  }
  throw new PayError("STORE_UNAVAILABLE", "Too many writers change this payment at once; try again.");
}

/**
 * Calls the rule with the most likely find: a pending payment without this notification. The common callback then costs one
 * round trip. The rule looks at state, amount, provider reference, reversal and refunds of the payment only, and the statement
 * compares these. A decision with more than one history entry and one event is not written optimistically.
 */
function optimisticUpdateOf<T>(
  query: UpdateQuery,
  decide: (found: Snapshot) => Decision<T>,
): OptimisticUpdate | undefined {
  if (query.expected === undefined || query.digest === undefined || query.adopt || query.openReviews) return undefined;
  const { changes } = decide(pendingSnapshot(likelyRecord(query)));
  const { record, history, events, reviews, inbox, adopted, reviewed, resolved, redriven, unmatched } = changes;
  const [entry, ...furtherEntries] = history;
  const [event, ...furtherEvents] = events;
  const rest = [furtherEntries, furtherEvents, reviews, adopted, reviewed, resolved, redriven];
  if (record === undefined || entry === undefined || rest.some((list) => list.length > 0)) return undefined;
  if (unmatched !== undefined || inbox.length !== 1 || record.reversed) return undefined;
  if (changes.checkStatusAt !== undefined || (event && ("review" in event || event.late))) return undefined;
  return {
    state: record.payment.state,
    cause: record.cause,
    updated_at: record.payment.updatedAt,
    fact: entry.fact,
    claims_order: changes.claimsOrder,
    event: event && { event_id: event.id, type: event.type },
    amount: query.expected.amount?.value,
    currency: query.expected.amount?.currency,
  };
}

/** Only what the rule looks at; the other fields of a payment do not matter here. */
function likelyRecord({ merchantAccount, paymentId, providerReference, expected }: UpdateQuery): PaymentRecord {
  const payment = {
    id: paymentId ?? ("pay_" as PaymentId),
    // Of a notification without an amount, the rule asks only whether all of the money went back before: of nothing, all did.
    amount: expected?.amount ?? { value: 1, currency: "" },
    merchantAccount,
    ...(providerReference !== undefined && { providerReference }),
  } as PaymentRecord["payment"];
  return { payment, version: 1, cause: "create_accepted", reversed: false } as PaymentRecord;
}

/** What an optimistic update is decided on: the payment is pending, and nothing else is found. */
function pendingSnapshot({ payment, ...record }: PaymentRecord): Snapshot {
  return {
    record: { ...record, payment: { ...payment, state: "pending" } },
    duplicate: false,
    orderPaidBy: undefined,
    providerReferenceOwner: payment.providerReference === undefined ? undefined : payment.id,
    unmatchedNotifications: [],
    unmatchedReviews: [],
    unmatchedCount: 0,
    review: undefined,
    openReviews: [],
  };
}

/** The row that a query locks. */
function rowName({ payment_id, provider_reference, subject }: QueryRow): string {
  return payment_id ?? provider_reference ?? subject ?? "";
}

function queryRow(query: UpdateQuery, optimistic: OptimisticUpdate | undefined): QueryRow {
  return {
    merchant_account: query.merchantAccount,
    payment_id: query.paymentId,
    provider_reference: query.providerReference,
    digest: query.digest ?? "",
    adopt: query.adopt === true,
    subject: query.subject,
    review: query.review,
    open_reviews: query.openReviews === true,
    optimistic,
  };
}

function snapshot(row: Row): Snapshot {
  const record = row.payment === null ? undefined : paymentRecord(row.payment as Row);
  // The rule decides again on the payment as it was, one version older, for its result.
  if (row.applied && record !== undefined) return pendingSnapshot({ ...record, version: record.version - 1 });
  return {
    record,
    duplicate: row.duplicate as boolean,
    orderPaidBy: (row.order_paid_by ?? undefined) as PaymentId | undefined,
    providerReferenceOwner: (row.provider_reference_owner ?? undefined) as PaymentId | undefined,
    unmatchedNotifications: ((row.unmatched_notifications ?? []) as Row[]).map(unmatched),
    unmatchedReviews: [],
    unmatchedCount: row.unmatched_count as number,
    review: row.review === null ? undefined : review(row.review as Row),
    openReviews: ((row.open_reviews ?? []) as Row[]).map(review),
  };
}

/**
 * Adds the open reviews of unmatched notifications, which are rarely found. A review that is opened or resolved meanwhile changes what
 * `pay.write_changes` compares.
 */
async function withUnmatchedReviews(sql: Sql, found: Snapshot): Promise<Snapshot> {
  const digests = found.unmatchedNotifications.map(unmatchedDigest);
  if (digests.length === 0) return found;
  const reviews = (await sql(OPEN_REVIEWS_OF_UNMATCHED, [digests])).map((row) => review(row.review as Row));
  const inOrder = digests.flatMap((digest) => reviews.filter((one) => one.digest === digest));
  return { ...found, unmatchedReviews: inOrder };
}

const OPEN_REVIEWS_OF_UNMATCHED = `SELECT to_jsonb(r) AS review FROM pay.review r
  WHERE kind = 'unmatched' AND digest = ANY ($1) AND coalesce(payment_id, '') = '' AND status = 'open'`;

function changesNothing({ record, unmatched: kept, ...lists }: Changes): boolean {
  const { history, reviews, events, inbox, adopted, reviewed, resolved, redriven } = lists;
  const written = [history, reviews, events, inbox, adopted, reviewed, resolved, redriven];
  return record === undefined && kept === undefined && written.every((list) => list.length === 0);
}

/** Returns false if what was read has changed since: nothing was written then. */
async function writeChanges(
  sql: Sql,
  { optimistic: _, ...query }: QueryRow,
  answer: Row,
  found: Snapshot,
  changes: Changes,
): Promise<boolean> {
  const seen = {
    payment_id: found.record?.payment.id,
    version: found.record?.version,
    duplicate: found.duplicate,
    unmatched_notifications: answer.unmatched_notifications,
  };
  const values = [query, seen, changesAsRows(changes)].map((value) => JSON.stringify(value));
  const [row] = await sql("SELECT pay.write_changes($1, $2, $3) AS written", values);
  return row?.written === true;
}

function changesAsRows(changes: Changes): object {
  const { record } = changes;
  return {
    ...(record && {
      payment: changeableColumns(record),
      history: changes.history.map((entry) => historyRow(record.payment.id, entry)),
    }),
    inbox: changes.inbox,
    claims_order: changes.claimsOrder,
    check_status_at: changes.checkStatusAt,
    reviews: changes.reviews.map(reviewRow),
    resolved: changes.resolved.map(reviewRow),
    events: changes.events.map(eventRow),
    redriven: changes.redriven.map(({ eventId, handler, review: about }) => {
      return { stream: about ?? record?.payment.id, event_id: eventId, handler };
    }),
    unmatched: changes.unmatched && unmatchedRow(changes.unmatched),
    adopted: changes.adopted.map(unmatchedRow),
    reviewed: changes.reviewed.map(unmatchedRow),
  };
}

/**
 * Saves a new payment. The first statement does it unless the rule has to look at the order; then the second one writes what the rule
 * decided, unless the order has changed since: then the rule decides again. Of several calls with the same attempt of a checkout key, one
 * inserts the payment and the others find it.
 */
async function insert(sql: Sql, { record, entry, decide }: InsertRequest): Promise<InsertResult> {
  const values = [paymentRow(record), historyRow(record.payment.id, entry)].map((row) => JSON.stringify(row));
  let decided: string | null = null;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const [row] = await sql("SELECT * FROM pay.insert_payment($1, $2, $3)", [...values, decided]);
      if (row?.kind === "opened") return { kind: "opened" };
      if (row?.kind === "exists") return { kind: "exists", record: paymentRecord(row.payment as Row) };
      const found = orderSnapshot(row!.paid_by, row!.payments as readonly Row[]);
      const decision = decide(found);
      if (decision.kind !== "open") return decision;
      decided = JSON.stringify({
        paid_by: row!.paid_by,
        versions: found.payments.map(({ payment: { id }, version }) => ({ id, version })),
        changes: decision.changes.map((changes) => changeOf(found, changes)),
        releases_order: decision.releasesOrder,
      });
    } catch (error) {
      if (!isConflict(error)) throw error;
      decided = null;
    }
  }
  throw new PayError("STORE_UNAVAILABLE", "Too many payments of this order are opened at once; try again.");
}

export function orderSnapshot(paidBy: unknown, payments: readonly Row[]): OrderSnapshot {
  return { paidBy: (paidBy ?? undefined) as PaymentId | undefined, payments: payments.map(paymentRecord) };
}

/** The arguments of `pay.write_changes` for another payment of the order. */
function changeOf({ payments }: OrderSnapshot, changes: Changes): object {
  const { payment, version } = payments.find((known) => known.payment.id === changes.record?.payment.id)!;
  return {
    query: { merchant_account: payment.merchantAccount, payment_id: payment.id, adopt: false },
    seen: { payment_id: payment.id, version },
    changes: changesAsRows(changes),
  };
}
