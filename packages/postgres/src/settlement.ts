import {
  type Changes,
  type Decision,
  type InsertRequest,
  type InsertResult,
  isPayError,
  PayError,
  type PaymentId,
  type PaymentRecord,
  type Snapshot,
  type UpdateQuery,
} from "@pay/core/store";
import { isConflict } from "./errors.ts";
import { type OptimisticUpdate, optimisticUpdateOf } from "./guess.ts";
import { paymentRecord, paymentRow, type Row, review, unmatched } from "./rows.ts";

/** Runs one statement on any connection, and gives its rows. */
export type Query = (sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** What is asked before the rule: what is there, with a guess that is written at once where it is so. */
export interface Question {
  readonly merchantAccount: string;
  readonly id: string | undefined;
  readonly providerReference: string | undefined;
  readonly digest: string;
  readonly adopt: boolean;
  readonly subject: string | undefined;
  readonly review: string | undefined;
  readonly optimistic: OptimisticUpdate | undefined;
}

export type Look = (question: Question) => Promise<Row>;

export function look(query: Query, questions: readonly Question[]): Promise<readonly Row[]> {
  return query("SELECT * FROM pay.settle_all($1)", [JSON.stringify(questions)]);
}

/** How often others may write in between before the caller is told to come again. */
const TRIES = 20;

/**
 * Settles without holding anything between two messages: what is read, with a guess that may be written at once; the rule;
 * and a write that does nothing if what was read has changed, in which case all is done anew.
 */
export async function update<T>(
  query: Query,
  ask: Look,
  asked: UpdateQuery,
  decide: (found: Snapshot) => Decision<T>,
): Promise<T> {
  let optimistic = optimisticUpdateOf(asked, decide);
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const row = await ask({ ...named(asked), review: asked.review, optimistic });
      const found = snapshot(row);
      const { changes, result } = decide(found);
      if (row.applied || changesNothing(changes)) return result;
      if (await write(query, asked, row, found, changes)) return result;
    } catch (error) {
      if (isPayError(error) || !isConflict(error)) throw error;
    }
    optimistic = undefined;
  }
  throw new PayError("STORE_UNAVAILABLE", "The payment is changed by too many at once.");
}

function named({
  merchantAccount,
  paymentId,
  providerReference,
  digest,
  adopt,
  subject,
}: UpdateQuery): Omit<Question, "review" | "optimistic"> {
  return { merchantAccount, id: paymentId, providerReference, digest: digest ?? "", adopt: adopt === true, subject };
}

function snapshot(row: Row): Snapshot {
  const record = row.payment === null ? undefined : paymentRecord(row.payment as Row);
  const named = {
    orderPaidBy: undefined,
    providerReferenceOwner: undefined,
    unmatchedNotifications: [],
    unmatchedCount: 0,
    review: undefined,
  };
  if (row.applied && record !== undefined) return { ...named, ...before(record), duplicate: false };
  return {
    record,
    duplicate: row.duplicate as boolean,
    orderPaidBy: (row.order_paid_by ?? undefined) as PaymentId | undefined,
    providerReferenceOwner: (row.ref_owner ?? undefined) as PaymentId | undefined,
    unmatchedNotifications: ((row.unmatchedNotifications ?? []) as Row[]).map(unmatched),
    unmatchedCount: row.unmatched_count as number,
    review: row.review === null ? undefined : review(row.review as Row),
  };
}

/** A guess that was written is decided on once more, for its result, as it was found: pending, and one version younger. */
function before({ payment, ...record }: PaymentRecord): Pick<Snapshot, "record" | "providerReferenceOwner"> {
  const found = { ...record, payment: { ...payment, state: "pending" as const }, version: record.version - 1 };
  return { record: found, providerReferenceOwner: payment.providerReference === undefined ? undefined : payment.id };
}

function changesNothing({ record, unmatched: kept, resolved, ...lists }: Changes): boolean {
  const { history, reviews, events, inbox, adopted, reviewed, redriven } = lists;
  const written = [history, reviews, events, inbox, adopted, reviewed, redriven];
  return (
    record === undefined && kept === undefined && resolved === undefined && written.every((list) => list.length === 0)
  );
}

async function write(query: Query, asked: UpdateQuery, row: Row, found: Snapshot, changes: Changes): Promise<boolean> {
  const known = {
    id: found.record?.payment.id,
    version: found.record?.version,
    duplicate: found.duplicate,
    unmatchedNotifications: row.unmatchedNotifications,
    actions: found.review?.actions.length,
  };
  const values = [...Object.values(named(asked)), JSON.stringify(known), JSON.stringify(plain(changes))];
  const [answer] = await query("SELECT pay.write($1, $2, $3, $4, $5, $6, $7, $8) AS written", values);
  return answer?.written === true;
}

/** As the SQL function reads it: the payment's columns that change, and events without the payment they hold. */
function plain(changes: Changes): object {
  const { record, events, ...rest } = changes;
  return {
    ...rest,
    events: events.map(({ payment: { id, state, providerReference, updatedAt, expiresAt }, id: eventId, ...event }) => {
      return { ...event, id: eventId, paymentId: id, state, providerReference, updatedAt, expiresAt };
    }),
    ...(record && {
      record: {
        ...record.payment,
        version: record.version,
        cause: record.cause,
        reversed: record.reversed,
        next: record.next,
        refunds: record.refunds,
      },
    }),
  };
}

/** Saves a new payment; of calls with the same try at the same moment one opens it, and the others find it. */
export async function open(query: Query, { record, entry }: InsertRequest): Promise<InsertResult> {
  const values = [JSON.stringify(paymentRow(record)), JSON.stringify(entry)];
  const attempt = () => query("SELECT * FROM pay.open($1, $2)", values);
  const [row] = await attempt().catch((error) => {
    if (!isConflict(error)) throw error;
    return attempt();
  });
  switch (row?.kind) {
    case "exists":
      return { kind: "exists", record: paymentRecord(row.payment as Row) };
    case "order_paid":
      return { kind: "order_paid", paymentId: row.paid_by as PaymentId };
    default:
      return { kind: "opened" };
  }
}
