import assert from "node:assert/strict";
import type {
  Changes,
  Delivery,
  HandlerKey,
  LeaseRequest,
  Payment,
  PaymentEvent,
  PaymentEventType,
  PaymentId,
  PaymentRecord,
  PaymentStore,
  Snapshot,
  UnmatchedNotification,
  UpdateQuery,
} from "@pay/core/store";
import { changes, eventStep, MINUTE, newRecord, opening, providerReference, step } from "./fixtures.ts";

/** Opens payments one after the other. */
export async function open(store: PaymentStore, ...records: readonly PaymentRecord[]): Promise<void> {
  for (const record of records) {
    const { kind } = await store.insert(opening(record));
    assert.equal(kind, "opened");
  }
}

/** Writes these changes of a payment, whatever the store finds. */
export async function write(store: PaymentStore, { payment }: PaymentRecord, part: Partial<Changes>): Promise<void> {
  const query = { merchantAccount: payment.merchantAccount, paymentId: payment.id };
  await store.update(query, () => ({ changes: changes(part), result: undefined }));
}

/** Names what an orphan names. */
export function about({ merchantAccount, subject }: UnmatchedNotification): UpdateQuery {
  const paymentId = subject.startsWith("pay_") ? (subject as PaymentId) : undefined;
  return {
    merchantAccount,
    ...(paymentId === undefined ? { providerReference: providerReference(subject) } : { paymentId }),
  };
}

/** Writes changes that concern orphans, one settlement each. */
export async function writeAbout(
  store: PaymentStore,
  unmatched: UnmatchedNotification,
  part: Partial<Changes>,
): Promise<void> {
  await store.update(about(unmatched), () => ({ changes: changes(part), result: undefined }));
}

/** Keeps notifications that nobody has the payment for, one after the other. */
export async function keep(
  store: PaymentStore,
  ...unmatchedNotifications: readonly UnmatchedNotification[]
): Promise<void> {
  for (const unmatched of unmatchedNotifications) await writeAbout(store, unmatched, { unmatched });
}

/** What a settlement finds. Writes nothing. */
export async function look(store: PaymentStore, query: UpdateQuery): Promise<Snapshot> {
  const found = await store.update(query, (result) => ({ changes: changes(), result }));
  const { record, duplicate, orderPaidBy, providerReferenceOwner, unmatchedNotifications, unmatchedCount, review } =
    found;
  return { record, duplicate, orderPaidBy, providerReferenceOwner, unmatchedNotifications, unmatchedCount, review };
}

/** Settles a success that is the first of its order. Tells nobody. */
export async function pay(store: PaymentStore, before: PaymentRecord): Promise<PaymentRecord> {
  const { record, history } = step(before, { kind: "succeeded" }, { state: "succeeded" });
  await write(store, before, { record, history, claimsOrder: true });
  return record;
}

/** Settles a payment so that an event is to be told. */
export async function tell(
  store: PaymentStore,
  before: PaymentRecord,
  type: PaymentEventType,
  changed: Partial<Payment> = {},
): Promise<{ readonly record: PaymentRecord; readonly event: PaymentEvent }> {
  const { record, history, event } = eventStep(before, type, changed);
  await write(store, before, { record, history, events: [event] });
  return { record, event };
}

/** Opens a payment and tells events of it, one settlement each. */
export async function openAndTell(
  store: PaymentStore,
  types: readonly PaymentEventType[],
  payment: Partial<Payment> = {},
): Promise<{ readonly record: PaymentRecord; readonly events: readonly PaymentEvent[] }> {
  let record = newRecord(payment);
  await open(store, record);
  const events: PaymentEvent[] = [];
  for (const type of types) {
    const told = await tell(store, record, type);
    record = told.record;
    events.push(told.event);
  }
  return { record, events };
}

export const handler = (name: string, type: PaymentEventType = "payment.succeeded"): HandlerKey => ({ name, type });

/** Leases at a moment, for a minute, without a limit that matters. */
export function lease(
  store: PaymentStore,
  now: number,
  handlers: readonly HandlerKey[],
  rest: Partial<LeaseRequest> = {},
): Promise<readonly Delivery[]> {
  return store.leaseDeliveries({ now, until: now + MINUTE, handlers, limit: 1000, ...rest });
}

/** Deliveries in an order of the test's own: which of several comes first is the store's choice. */
export function sorted<T extends { readonly handler: string }>(deliveries: readonly T[]): readonly T[] {
  const key = (delivery: T) => `${eventIdOf(delivery)} ${delivery.handler}`;
  return [...deliveries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function eventIdOf(delivery: object): string {
  if ("eventId" in delivery) return String(delivery.eventId);
  return "event" in delivery ? (delivery.event as PaymentEvent).id : "";
}

/** `"<type> <handler> <attempt>"` of each, sorted: enough where the events themselves are not the question. */
export function names(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(({ event, handler: name, attempt }) => `${event.type} ${name} ${attempt}`).sort();
}

/** `"<type> <handler> <status>"` of each delivery of a payment, sorted. */
export async function statuses(store: PaymentStore, { payment }: PaymentRecord): Promise<readonly string[]> {
  const rows = await store.deliveries(payment.id);
  return rows.map(({ type, handler: name, status }) => `${type} ${name} ${status}`).sort();
}
