import { EXPIRY_HOLDING_REVIEWS, OPEN_STATES, type PaymentId, type PaymentStore, type Review } from "@pay/core/store";
import { checkAnswers, checkHints } from "./answers.ts";
import type { Notification } from "./gateway.ts";
import { listenersTo } from "./handlers.ts";
import { isRecorded } from "./hints.ts";
import type { Stage } from "./stage.ts";

/** True if only people have work left. */
export async function isQuiet({ ledger, database: { store }, gateway, buyers }: Stage): Promise<boolean> {
  // A hint without proof is refused for as long as its name is unknown.
  if (
    buyers.waiting() > 0 ||
    gateway.notifications.some(({ acknowledged, transaction }) => !acknowledged && isRecorded(gateway, transaction))
  )
    return false;
  for (const { payment } of ledger.records.values()) {
    if (OPEN_STATES.includes(payment.state) && !(await isHeld(store, payment.id))) return false;
    const rows = await store.deliveries(payment.id);
    if (rows.some(({ status }) => status === "due" || status === "leased")) return false;
    for (const review of await store.reviewsOfPayment(payment.id)) if (!(await isTold(store, review))) return false;
  }
  for (const review of await store.openReviews(1000)) if (!(await isTold(store, review))) return false;
  return (await store.staleUnmatched(Number.POSITIVE_INFINITY, 1)).length === 0;
}

/** True if nothing expires before a person resolved a review. */
async function isHeld(store: PaymentStore, id: PaymentId): Promise<boolean> {
  const reviews = await store.reviewsOfPayment(id);
  return reviews.some(({ kind, status }) => status === "open" && EXPIRY_HOLDING_REVIEWS.includes(kind));
}

/** True if the events of a review have reached every handler, or failed for good. */
async function isTold(store: PaymentStore, { id, kind, details }: Review): Promise<boolean> {
  const rows = await store.deliveries(id);
  const isChain = kind === "dead_letter" && details.review !== undefined;
  return (isChain || rows.length > 0) && !rows.some(({ status }) => status === "due" || status === "leased");
}

/** Checks the invariants after the faults stopped and time passed, before any person resolved a review. */
export async function checkAtRest(stage: Stage): Promise<void> {
  await checkDeliveries(stage);
  await checkReviewEvents(stage);
  await checkNotifications(stage);
  await checkHints(stage);
  await checkSuperseded(stage);
  await checkStore(stage);
}

/** Checks that nothing is left after people resolved the reviews. */
export async function checkAtTheEnd(stage: Stage): Promise<void> {
  await checkAtRest(stage);
  await checkAnswers(stage);
  const { ledger, handlers, database, world, gateway } = stage;
  const { violate } = world;
  for (const id of ledger.records.keys()) {
    for (const { status, type, handler } of await database.store.deliveries(id)) {
      if (status === "dead") violate("what was redriven is delivered", `${type} of ${id} to ${handler}`);
    }
  }
  for (const notification of gateway.notifications) {
    const { word, transaction } = notification;
    const state = ledger.records.get(transaction.paymentId)?.payment.state;
    const dismissed = ledger.placeOf(word)?.kind === "dismissed";
    if (isGood(notification) && !dismissed && state !== "succeeded") violate("who paid has paid", `${word}: ${state}`);
  }
  for (const [order, paidBy] of ledger.orderPaidBy) {
    const isDelivered = handlers.delivered.includes(order) || handlers.deliveredFor.has(paidBy);
    if (!isDelivered) violate("a paid order is delivered", order);
  }
  await checkOrders(stage);
}

/** Checks that every event reached every handler of its type, or has a review, or was superseded by a success. */
async function checkDeliveries({ ledger, handlers, database: { store }, world: { violate } }: Stage): Promise<void> {
  for (const { id, type, payment, sequence } of ledger.events) {
    const rows = await store.deliveries(payment.id);
    const reviews = await store.reviewsOfPayment(payment.id);
    for (const handler of listenersTo(type)) {
      const row = rows.find((known) => known.eventId === id && known.handler === handler);
      const isDelivered = row?.status === "delivered" && handlers.finished(id, handler);
      const dead = row?.status === "dead" && reviews.some((review) => isDeadLetter(review, id, handler));
      const superseded = ledger.events.some(
        (later) => later.type === "payment.succeeded" && later.payment.id === payment.id && later.sequence > sequence,
      );
      if (!isDelivered && !dead && !(row?.status === "superseded" && superseded)) {
        violate("every event is delivered", `${type} of ${payment.id} to ${handler}: ${row?.status}`);
      }
    }
  }
}

/** Checks that every review that was opened or resolved was told to every handler of that, or has a dead letter. */
async function checkReviewEvents(stage: Stage): Promise<void> {
  const { ledger, handlers, database, world } = stage;
  const ofPayments = await Promise.all([...ledger.records.keys()].map((id) => database.store.reviewsOfPayment(id)));
  const open = await database.store.openReviews(1000);
  for (const review of [...ofPayments.flat(), ...open.filter(({ paymentId }) => paymentId === undefined)]) {
    const isChain = review.kind === "dead_letter" && review.details.review !== undefined;
    const types = [
      ...(isChain ? [] : (["review.opened"] as const)),
      ...(review.status === "open" ? [] : (["review.resolved"] as const)),
    ];
    const rows = await database.store.deliveries(review.id);
    for (const type of types) {
      for (const handler of listenersTo(type)) {
        const row = rows.find((known) => known.type === type && known.handler === handler);
        const isDelivered = row?.status === "delivered" && handlers.finished(row.eventId, handler);
        if (!isDelivered && row?.status !== "dead") {
          world.violate("every review is told", `${type} of ${review.id} to ${handler}: ${row?.status}`);
        }
      }
    }
  }
}

function isDeadLetter({ kind, details }: Review, eventId: string, handler: string): boolean {
  return kind === "dead_letter" && details.event === eventId && details.handler === handler;
}

/** True for a success with the right amount and the payment's own reference. */
function isGood({ status, amount, providerReference, transaction }: Notification): boolean {
  const amountFits = amount === undefined || amount === transaction.amount.value;
  return (
    status === "succeeded" &&
    amountFits &&
    (providerReference === undefined || providerReference === transaction.providerReference)
  );
}

/** Checks that a person sees every success of a superseded payment. */
async function checkSuperseded({ ledger, database: { store }, world: { violate } }: Stage): Promise<void> {
  for (const { payment, superseded, type } of ledger.events) {
    if (superseded === undefined || (type !== "payment.succeeded" && type !== "payment.paid_again")) continue;
    const reviews = await store.reviewsOfPayment(payment.id);
    const wanted = type === "payment.succeeded" ? "superseded_paid" : "double_payment";
    if (!reviews.some(({ kind }) => kind === wanted)) violate("a superseded success is shown to a person", payment.id);
    if (JSON.stringify(superseded) !== JSON.stringify(payment.superseded))
      violate("an event says what its payment says", payment.id);
  }
  const unmarked = ledger.events.find((event) => event.superseded === undefined && event.payment.superseded);
  if (unmarked !== undefined) violate("an event says what its payment says", unmarked.payment.id);
}

async function checkNotifications({ ledger, gateway, database: { store }, world: { violate } }: Stage): Promise<void> {
  const open = await store.openReviews(1000);
  for (const { word, status, transaction } of gateway.notifications) {
    const { paymentId } = transaction;
    if (!isRecorded(gateway, transaction)) continue;
    const place = ledger.placeOf(word);
    if (place === undefined) violate("no acknowledged notification is missing", word);
    if (place?.kind === "history" && place.paymentId !== paymentId) violate("a notification finds its payment", word);
    if (place?.kind === "unmatched") {
      const { subject } = place.unmatched;
      const shown = open.some(({ kind, details }) => kind === "unmatched" && details.subject === subject);
      if (!shown) violate("an unmatched notification is shown to a person", word);
    }
    if (place?.kind !== "history" || status !== "succeeded") continue;
    const state = ledger.records.get(paymentId)?.payment.state;
    const reviews = await store.reviewsOfPayment(paymentId);
    if (state !== "succeeded" && !reviews.some(({ kind }) => kind.endsWith("_mismatch"))) {
      violate("a success counts, or a person is asked", `${word}: ${state}`);
    }
  }
}

/** Checks that the store returns what was committed. */
async function checkStore({ ledger, database: { store }, world: { violate } }: Stage): Promise<void> {
  for (const [id, record] of ledger.records) {
    const kept = JSON.stringify([await store.payment(id), await store.history(id)]);
    if (kept !== JSON.stringify([record, ledger.histories.get(id)])) violate("the store keeps what was committed", id);
  }
}

/** Checks that a new buyer can pay for an order unless it is paid, or somebody paid this amount of it already. */
async function checkOrders({ orders, buyers, ledger, world: { timeline, violate } }: Stage): Promise<void> {
  for (const order of orders) {
    const price = JSON.stringify(buyers.priceOf(order));
    // Paid while the order cost another amount, and kept: a person decides before anybody pays it again.
    const isKept = [...ledger.records.values()].some(
      ({ payment: { amount, orderId, state, superseded }, refunds = [], reversed }) =>
        orderId === order &&
        state === "succeeded" &&
        superseded !== undefined &&
        JSON.stringify(amount) === price &&
        !reversed &&
        refunds.every(({ status }) => status === "failed"),
    );
    const paid = ledger.orderPaidBy.has(order) || isKept;
    let answer = "nothing";
    buyers.tryCheckout(order).then((given) => {
      answer = given;
    });
    await timeline.run(2000);
    // A gateway may report a failure at once, even before its answer.
    const fits = paid ? answer === "ORDER_ALREADY_PAID" : ["OK", "CREATE_REJECTED"].includes(answer);
    if (!fits) violate("an order can be paid exactly while it is not", `${order}: ${answer}`);
  }
}
