import type { PaymentEvent, PaymentId } from "@pay/core";
import type { Changes, Delivery, HistoryEntry, PaymentRecord, Review } from "@pay/core/store";
import { SUPERSEDED_BY_SUCCESS, streamOf } from "@pay/core/store";
import { type FoldContext, foldEntry, refuseWrongMove } from "./fold.ts";
import { createPlaces, type Place, wordOf } from "./places.ts";
import type { World } from "./world.ts";

/** The commits, kept apart from the store and checked with each one. */
export interface Ledger {
  readonly records: ReadonlyMap<PaymentId, PaymentRecord>;
  readonly histories: ReadonlyMap<PaymentId, readonly HistoryEntry[]>;
  readonly orderPaidBy: ReadonlyMap<string, PaymentId>;
  readonly events: readonly PaymentEvent[];
  placeOf(word: string): Place | undefined;
  opened(record: PaymentRecord, entry: HistoryEntry): void;
  committed(changes: Changes): void;
  leased(deliveries: readonly Delivery[]): void;
}

export function createLedger(world: World, failureIsFinal: (merchantAccount: string) => boolean): Ledger {
  const { violate, trace } = world;
  const records = new Map<PaymentId, PaymentRecord>();
  const histories = new Map<PaymentId, HistoryEntry[]>();
  const orderPaidBy = new Map<string, PaymentId>();
  const providerReferenceOwners = new Map<string, PaymentId>();
  const events: PaymentEvent[] = [];
  const places = createPlaces(world);
  const closed = new Set<string>();

  function fold(before: PaymentRecord, entry: HistoryEntry): PaymentRecord {
    const { id, merchantAccount, orderId } = before.payment;
    const { fact } = entry;
    const owner =
      "providerReference" in fact
        ? providerReferenceOwners.get(`${merchantAccount} ${fact.providerReference}`)
        : undefined;
    const context: FoldContext = {
      failureIsFinal: failureIsFinal(merchantAccount),
      orderPaidByAnother: (orderPaidBy.get(orderId) ?? id) !== id,
      providerReferenceTaken: owner !== undefined && owner !== id,
    };
    return foldEntry(before, entry, context, (claim) => violate("the state is the fold of the history", claim));
  }

  function payment(record: PaymentRecord, changes: Changes): void {
    const { id, merchantAccount, orderId, providerReference, state } = record.payment;
    const before = records.get(id);
    if (before === undefined) throw new Error("Only an opened payment can change.");
    let folded = before;
    for (const entry of changes.history) {
      folded = fold(folded, entry);
      histories.get(id)!.push(entry);
      refuseWrongMove(entry, record, violate);
      places.entered(entry, record, changes);
    }
    if (record.version !== before.version + changes.history.length) violate("versions count up by one", id);
    const same =
      folded.payment.state === state &&
      folded.payment.providerReference === providerReference &&
      JSON.stringify(folded.payment.superseded) === JSON.stringify(record.payment.superseded);
    if (!same) violate("the state is the fold of the history", `${id}: ${state}`);
    records.set(id, record);
    if (providerReference !== undefined) providerReferenceOwners.set(`${merchantAccount} ${providerReference}`, id);
    if (changes.claimsOrder && orderPaidBy.has(orderId)) violate("an order is paid once", orderId);
    const isAccepted = changes.resolved.some(
      ({ kind, paymentId, status }) => kind === "superseded_paid" && paymentId === id && status === "accepted",
    );
    if (changes.claimsOrder && record.payment.superseded && !isAccepted)
      violate("a superseded payment pays an order only where its review is accepted", id);
    if (changes.claimsOrder) orderPaidBy.set(orderId, id);
  }

  function close({ id, status }: Review): void {
    if (closed.has(id)) violate("a review is closed once", id);
    if (status !== "open") closed.add(id);
  }

  /** True if the shop was told that all of the payment's money went back. */
  function isGone({ id, amount }: PaymentEvent["payment"]): boolean {
    const told = events.filter(({ payment }) => payment.id === id);
    const refunded = told.map(({ type, refund }) => (type === "refund.succeeded" ? refund!.amount.value : 0));
    const sum = refunded.reduce((total, value) => total + value, 0);
    return told.some(({ type }) => type === "payment.reversed") || sum >= amount.value;
  }

  function checkEvent(event: PaymentEvent): void {
    const { id, orderId } = event.payment;
    const same = events.filter(({ type, payment }) => type === event.type && payment.orderId === orderId);
    const ordinary = same.filter(({ superseded }) => superseded === undefined);
    if (event.type === "payment.succeeded" && event.superseded === undefined && ordinary.length > 0)
      violate("one ordinary payment.succeeded per order", orderId);
    const isSuccess = event.type === "payment.succeeded" || event.type === "payment.paid_again";
    if (isSuccess && isGone(event.payment))
      violate("no event reports the success of a payment whose money went back before", id);
    if (same.some(({ payment }) => payment.id === id)) violate(`one ${event.type} per payment`, id);
    events.push(event);
  }

  function isSupersededBySuccess({ type, sequence, payment: { id } }: PaymentEvent): boolean {
    const success = events.find((event) => event.type === "payment.succeeded" && event.payment.id === id);
    return SUPERSEDED_BY_SUCCESS.includes(type) && success !== undefined && success.sequence > sequence;
  }

  return {
    ...{ records, histories, orderPaidBy, events },
    placeOf: places.of,

    opened(record, entry) {
      const { amount, id, orderId } = record.payment;
      records.set(id, record);
      for (const { payment } of records.values()) {
        const { state, superseded } = payment;
        const isOther = payment.orderId === orderId && payment.amount.value !== amount.value;
        const isTold =
          (superseded?.amount.value === amount.value) === isOther && (superseded !== undefined) === isOther;
        if (payment.orderId === orderId && state !== "succeeded" && !isTold)
          violate("every payment that may be paid knows what its order costs", payment.id);
      }
      histories.set(record.payment.id, [entry]);
    },

    committed(changes) {
      trace.note(`  commits ${summary(changes)}`);
      const { record, unmatched, resolved } = changes;
      if (record !== undefined) payment(record, changes);
      for (const event of changes.events) if ("payment" in event) checkEvent(event);
      if (unmatched !== undefined) places.kept(unmatched);
      resolved.forEach(close);
      places.left(changes);
    },

    leased(deliveries) {
      for (const { event, handler, attempt } of deliveries) {
        trace.note(`  leased: ${event.type} of ${streamOf(event)} to ${handler}, attempt ${attempt}`);
        if ("payment" in event && isSupersededBySuccess(event))
          violate("a success supersedes what was not delivered", event.id);
      }
    },
  };
}

/** The changes of a commit, in one line. */
function summary({ record, history, events, reviews, unmatched, adopted, reviewed, resolved }: Changes): string {
  const parts = [
    record && `${record.payment.id} version ${record.version} ${record.payment.state}`,
    ...history.map(({ fact }) => fact.kind),
    ...events.map(({ type }) => type),
    ...reviews.map(({ kind }) => `review ${kind}`),
    unmatched && `unmatched ${wordOf(unmatched)}`,
    ...adopted.map(({ fact }) => `adopts ${wordOf({ fact })}`),
    ...reviewed.map(({ fact }) => `shows ${wordOf({ fact })}`),
    ...resolved.map(({ kind, status }) => `${kind} ${status}`),
  ];
  return parts.filter((part) => part !== undefined).join(", ") || "nothing";
}
