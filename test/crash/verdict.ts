import type { Fact, OperatorAct } from "@pay/core";
import { transition } from "@pay/core/internal";
import type { PaymentRecord } from "@pay/core/store";
import type { Tables } from "./database.ts";
import type { StoreKind } from "./failure-points.ts";
import type { Notice } from "./gateway.ts";

type Row = Readonly<Record<string, unknown>>;

/** Lists that must be empty. Each entry is a violation. */
export interface Violations {
  /** Acknowledged, but neither in its payment's history nor in a review. */
  readonly lost: readonly string[];
  /** Paid, but a handler never succeeded. */
  readonly undelivered: readonly string[];
  /** Delivered or applied more than once. */
  readonly doubled: readonly string[];
  /** States that the table does not allow. */
  readonly forbidden: readonly string[];
}

export interface Evidence {
  readonly kind: StoreKind;
  readonly notices: readonly Notice[];
  /** The pages to which buyers were sent. */
  readonly redirected: ReadonlySet<string>;
  readonly tables: Tables;
  readonly journal: Tables;
}

const HANDLERS = ["grant", "mail"];

/** Compares the answers to the gateways with the database, and the database with the shop's journal. */
export async function judge(evidence: Evidence): Promise<Violations> {
  const { tables } = evidence;
  const payments = await tables.rows("SELECT * FROM payment");
  const events = await tables.rows(
    "SELECT * FROM outbox WHERE type IN ('payment.succeeded', 'payment.paid_again', 'payment.failed')",
  );
  const history = groupBy(await tables.rows("SELECT * FROM history ORDER BY payment_id, sequence"), "payment_id");
  return {
    lost: await lost(evidence, payments, history),
    undelivered: await undelivered(evidence, events),
    doubled: [...(await doubled(evidence, events)), ...repeated(payments, events)],
    forbidden: payments.flatMap((payment) => forbidden(payment, history.get(String(payment.id)) ?? [])),
  };
}

async function lost(
  { notices, redirected, tables }: Evidence,
  payments: readonly Row[],
  history: ReadonlyMap<string, readonly Row[]>,
) {
  const unmatchedNotifications = await tables.rows("SELECT * FROM unmatched");
  const reviews = await tables.rows("SELECT * FROM review WHERE kind = 'unmatched'");
  const byProviderReference = new Map(payments.map((payment) => [String(payment.provider_reference), payment]));
  const byOrder = groupBy(payments, "order_id");
  return notices.flatMap(({ gateway, providerReference, page, orderId, paid, acknowledged }) => {
    if (!acknowledged) return [`${providerReference}: was never acknowledged`];
    const id = gateway === "psc" ? orderId.split("/").at(-2) : byProviderReference.get(providerReference)?.id;
    const fact = paid ? "succeeded" : "failed";
    if (id !== undefined) {
      const isRecorded = (history.get(String(id)) ?? []).some((line) => json(line.fact).kind === fact);
      return isRecorded ? [] : [`${providerReference}: ${fact} is not in the history of ${id}`];
    }
    if (!unmatchedNotifications.some((unmatched) => unmatched.subject === providerReference))
      return [`${providerReference}: ${fact} is nowhere`];
    if (redirected.has(page))
      return [`${providerReference}: is an unmatched notification, but its buyer was sent to pay`];
    const candidates = (byOrder.get(orderId) ?? []).map((payment) => String(payment.id));
    const review = reviews.find((known) => json(known.details).subject === providerReference);
    const named = (review === undefined ? [] : json(review.candidates)) as unknown as string[];
    return candidates.some((candidate) => named.includes(candidate))
      ? []
      : [`${providerReference}: no review names its payment`];
  });
}

async function undelivered({ kind, journal, tables }: Evidence, events: readonly Row[]) {
  const effects = new Set(
    (await journal.rows("SELECT * FROM effect")).map(({ event_id, handler }) => `${event_id} ${handler}`),
  );
  const grants = kind === "postgres" ? await tables.rows("SELECT event_id FROM shop_grant") : [];
  for (const { event_id } of grants) effects.add(`${event_id} ledger`);
  const deliveries = await tables.rows(
    "SELECT o.event_id, d.* FROM delivery d JOIN outbox o ON o.stream = d.stream AND o.sequence = d.sequence",
  );
  const ends = new Map(deliveries.map((row) => [`${row.event_id} ${row.handler}`, row]));
  return events.flatMap(({ event_id, type }) => {
    const handlers = kind === "postgres" && type === "payment.succeeded" ? [...HANDLERS, "ledger"] : HANDLERS;
    return handlers.flatMap((handler) => {
      const end = ends.get(`${event_id} ${handler}`);
      // Events that a success superseded are not delivered.
      if (effects.has(`${event_id} ${handler}`) || end?.status === "superseded") return [];
      return [
        `${event_id}: ${type} never reached ${handler}: ${end?.status}, ${end?.attempts} attempts, ${end?.error}`,
      ];
    });
  });
}

/** Two effects under one event id, although the handler or the transaction deduplicates. */
async function doubled({ kind, journal, tables }: Evidence, events: readonly Row[]) {
  const known = new Set(events.map(({ event_id }) => event_id));
  const effects = await journal.rows(
    "SELECT event_id, handler, count(*) AS times FROM effect GROUP BY event_id, handler",
  );
  const grants =
    kind === "postgres"
      ? await tables.rows("SELECT event_id, count(*)::int AS times FROM shop_grant GROUP BY event_id")
      : [];
  return [...effects, ...grants].flatMap(({ event_id, times }) => {
    if (!known.has(event_id)) return [`${event_id}: an effect of an event there is not`];
    return Number(times) === 1 ? [] : [`${event_id}: ${times} effects`];
  });
}

/** A payment, or an order, whose success was delivered twice. */
function repeated(payments: readonly Row[], events: readonly Row[]): readonly string[] {
  const orders = new Map(payments.map(({ id, order_id }) => [id, order_id]));
  const seen = new Set<string>();
  return events.flatMap(({ stream, type }) => {
    const subjects = [`${type} of ${stream}`];
    if (type === "payment.succeeded") subjects.push(`${type} of ${orders.get(stream)}`);
    const again = subjects.filter((subject) => seen.has(subject));
    for (const subject of subjects) seen.add(subject);
    return again.map((subject) => `${subject} is told twice`);
  });
}

/** The payment's state is the fold of its history through the table. */
function forbidden(payment: Row, lines: readonly Row[]): readonly string[] {
  let state = "created";
  let cause = "opened";
  for (const [at, line] of lines.entries()) {
    const fact = json(line.fact) as unknown as Fact | OperatorAct;
    if (Number(line.sequence) !== at + 1 || line.from_state !== state)
      return [`${payment.id}: line ${at + 1} does not follow`];
    if (at > 0 && !given(payment, state, cause, fact).includes(String(line.to_state))) {
      return [`${payment.id}: ${fact.kind} made ${line.to_state} of ${state}`];
    }
    if (line.to_state !== state) cause = fact.kind;
    state = String(line.to_state);
  }
  return state === payment.state ? [] : [`${payment.id}: is ${payment.state}, its history says ${state}`];
}

/** The states to which a fact may lead, whichever payment paid the order first. An operator's act leads to none. */
function given(payment: Row, state: string, cause: string, fact: Fact | OperatorAct): readonly string[] {
  if (fact.kind === "review" || fact.kind === "redrive" || fact.kind === "record") return [state];
  const amount = { value: Number(payment.amount), currency: payment.currency };
  const record = {
    payment: { id: payment.id, state, amount },
    version: 1,
    cause,
    reversed: false,
  } as unknown as PaymentRecord;
  const failureIsFinal = payment.adapter === "sellly";
  return [true, false].map((orderPaidByAnother) => {
    return transition(record, fact, { failureIsFinal, orderPaidByAnother, providerReferenceTaken: false }).state;
  });
}

function groupBy(rows: readonly Row[], column: string): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, (row) => String(row[column]));
}

function json(value: unknown): Readonly<Record<string, string>> {
  return typeof value === "string" ? JSON.parse(value) : (value as Readonly<Record<string, string>>);
}
