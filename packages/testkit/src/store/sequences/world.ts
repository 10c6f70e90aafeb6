import type {
  Decision,
  Delivery,
  DeliveryOutcome,
  HandlerKey,
  PaymentEventType,
  PaymentRecord,
  Snapshot,
  UnmatchedNotification,
  UpdateQuery,
} from "@pay/core/store";
import {
  changes,
  eventStep,
  idsAt,
  insertRequestOf,
  MINUTE,
  newRecord,
  newReview,
  newUnmatched,
  providerReference,
  SECOND,
  step,
} from "../fixtures/records.ts";
import { handler, lease, sorted } from "../fixtures/steps.ts";
import type { Operation, World } from "./operation.ts";
import { statusCheckOperations } from "./world-status-checks.ts";
import { statusCheckViews, unmatchedViews, views } from "./world-views.ts";

const ACCOUNTS = ["acme:SHOP1", "acme:SHOP2"] as const;
const TYPES = [
  "payment.succeeded",
  "payment.failed",
  "payment.expired",
  "payment.reversed",
  "payment.paid_again",
] as const;
const HANDLERS = ["grant", "mail"].flatMap((name) => TYPES.map((type) => handler(name, type)));
const FACTS = ["succeeded", "failed", "reversed", "unrecognized", "pending"] as const;
const OPEN = ["created", "pending", "unknown"];
/** The world prunes once in this many steps: rarely, because a pruned payment cannot fail any more. */
const PRUNING_TURN = 14;

/** A small world: few payments, provider references and digests, so that they often meet. Its rules are simpler than core's. */
export function createWorld(random: () => number, seed: number, start: number): World {
  let now = start;
  let turn = 0;
  const payments: PaymentRecord[] = [];
  const unmatchedNotifications: UnmatchedNotification[] = [];
  const leased: Delivery[] = [];
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const orders = [1, 2].map((n) => `order ${n} of ${seed}`);
  const providerReferences = [1, 2, 3].map((n) => providerReference(`T-${n} of ${seed}`));

  function open(): Operation {
    const checkout = { key: `basket ${below(3)} of ${seed}`, attempt: below(2), digests: {} };
    const payment = {
      orderId: pick(orders),
      merchantAccount: pick(ACCOUNTS),
      createdAt: now,
      expiresAt: now + below(5) * MINUTE,
    };
    const buyerDigest = `buyer ${below(2)}`;
    const record = newRecord(payment, { ...(below(2) && { checkout }), ...(below(2) && { buyerDigest }) });
    payments.push(record);
    return { name: "open", run: (store) => store.insert(insertRequestOf(record)) };
  }

  function notify(): Operation {
    const kind = pick(FACTS);
    const { merchantAccount: its, id: paymentId } = pick(payments).payment;
    const merchantAccount = below(8) ? its : pick(ACCOUNTS);
    const subject: Pick<UpdateQuery, "paymentId" | "providerReference"> = below(2)
      ? { paymentId }
      : { providerReference: pick(providerReferences) };
    const query = { merchantAccount, ...subject, digest: `${kind} ${below(2)}` };
    const unmatched = newUnmatched({
      merchantAccount,
      subject: subject.paymentId ?? subject.providerReference ?? "",
      digest: query.digest,
      fact: { kind },
      receivedAt: now,
      ...(below(2) && { buyerDigest: `buyer ${below(2)}` }),
    });
    unmatchedNotifications.push(unmatched);
    const apply = rule(kind, now);
    return {
      name: `notification: ${kind}`,
      run: (store) =>
        store.update(query, (found) => {
          if (found.record !== undefined) return apply(found, found.record, query.digest);
          return { changes: changes(found.duplicate || found.unmatchedCount > 4 ? {} : { unmatched }), result: found };
        }),
    };
  }

  function accept(): Operation {
    const { merchantAccount, id: paymentId } = pick(payments).payment;
    const query = { merchantAccount, paymentId, providerReference: pick(providerReferences), adopt: true };
    const at = now;
    return {
      name: "create's answer",
      run: (store) =>
        store.update(query, (found) => {
          const { record, unmatchedNotifications: adopted } = found;
          if (record === undefined) return { changes: changes(), result: found };
          const takes = record.payment.providerReference === undefined && found.providerReferenceOwner === undefined;
          const fact = { kind: "create_accepted", next: { kind: "wait" } } as const;
          const next = step(record, fact, {
            updatedAt: at,
            ...(takes && { providerReference: query.providerReference }),
          });
          const inbox = adopted.map(({ digest }) => digest);
          return { changes: changes({ ...next, inbox, adopted }), result: found };
        }),
    };
  }

  function deadline(): Operation {
    const { merchantAccount, id: paymentId } = pick(payments).payment;
    const apply = rule("deadline", now);
    return {
      name: "deadline",
      run: (store) =>
        store.update({ merchantAccount, paymentId }, (found) =>
          found.record === undefined ? { changes: changes(), result: found } : apply(found, found.record),
        ),
    };
  }

  function reviewed(): Operation {
    if (unmatchedNotifications.length === 0) return notify();
    const unmatched = pick(unmatchedNotifications);
    const review = newReview({ id: idsAt(now).review(), kind: "unmatched", digest: unmatched.subject, openedAt: now });
    const part = { reviews: [review], reviewed: [unmatched] };
    const query = { merchantAccount: unmatched.merchantAccount, providerReference: pick(providerReferences) };
    return { name: "review", run: (store) => store.update(query, (result) => ({ changes: changes(part), result })) };
  }

  function resolve(): Operation {
    const { merchantAccount, id: paymentId } = pick(payments).payment;
    const query = { merchantAccount, paymentId };
    const at = now;
    return {
      name: "resolve",
      async run(store) {
        const [review] = await store.reviewsOfPayment(paymentId);
        if (review === undefined) return undefined;
        return store.update({ ...query, review: review.id }, (found) => {
          if (found.review?.status !== "open") return { changes: changes(), result: found };
          const actions = [...found.review.actions, { at, action: "accept" as const }];
          return { changes: changes({ resolved: { ...found.review, status: "accepted", actions } }), result: found };
        });
      },
    };
  }

  function redrive(): Operation {
    const { merchantAccount, id: paymentId } = pick(payments).payment;
    const at = now;
    return {
      name: "redrive",
      async run(store) {
        const redriven = await store.deliveries(paymentId);
        await store.update({ merchantAccount, paymentId }, ({ record }) => {
          if (record === undefined) return { changes: changes(), result: undefined };
          return {
            changes: changes({ ...step(record, { kind: "pending" }, { updatedAt: at }), redriven }),
            result: undefined,
          };
        });
        return sorted(await store.deliveries(paymentId));
      },
    };
  }

  function register(): Operation {
    const some = HANDLERS.filter(() => below(2) === 0);
    const order = ({ name, type }: HandlerKey) => `${type} ${name}`;
    return {
      name: "register",
      run: async (store) => (await store.registerHandlers(some)).map(order).sort(),
    };
  }

  function take(): Operation {
    const some = HANDLERS.filter(() => below(3) > 0);
    const at = now;
    const until = at + (1 + below(60)) * SECOND;
    const limit = below(6) === 0 ? 0 : 100;
    return {
      name: "leaseDeliveries",
      run: async (store) => sorted(await lease(store, at, some, { until, limit })),
      saw: (answer) => leased.push(...(answer as readonly Delivery[])),
    };
  }

  function finishDelivery(): Operation {
    if (leased.length === 0) return take();
    // One time in three this may be an attempt that ended long ago.
    const delivery = below(3) ? leased.at(-1 - below(Math.min(3, leased.length)))! : pick(leased);
    const outcome = pick(outcomes(delivery, now, below(60) * SECOND));
    const { id } = delivery.event.payment;
    return {
      name: outcome.kind,
      async run(store) {
        await store.finishDelivery(delivery, outcome);
        return sorted(await store.deliveries(id));
      },
    };
  }

  function prune(): Operation {
    const request = { before: now - below(2) * MINUTE, limit: 1 + below(3), dryRun: below(4) === 0 };
    return { name: "prune", run: (store) => store.prune(request) };
  }

  const operations = [
    open,
    notify,
    notify,
    notify,
    accept,
    accept,
    deadline,
    reviewed,
    take,
    take,
    finishDelivery,
    finishDelivery,
    resolve,
    redrive,
    ...statusCheckOperations({ payments, now: () => now, below, pick }),
  ];

  return {
    next() {
      now += 1 + below(20 * SECOND);
      if (payments.length === 0) return open();
      if (++turn % PRUNING_TURN === 0) return prune();
      return below(20) === 0 ? register() : pick(operations)();
    },
    views: () => [
      ...views(payments, orders, HANDLERS, now),
      ...unmatchedViews(unmatchedNotifications),
      ...statusCheckViews(payments, now),
    ],
  };
}

/** The effect of a fact on a payment. It makes its ids once, so that both stores get the same ids. */
function rule(kind: (typeof FACTS)[number] | "deadline", at: number) {
  const eventId = idsAt(at).event();
  const reviewId = idsAt(at).review();

  return (found: Snapshot, record: PaymentRecord, digest?: string): Decision<Snapshot> => {
    if (found.duplicate) return { changes: changes(), result: found };
    const { id, state } = record.payment;
    const inbox = digest === undefined ? [] : [digest];
    const type = eventOf(kind, state, found.orderPaidBy !== undefined && found.orderPaidBy !== id);
    const review = newReview({ id: reviewId, kind: "contradiction", paymentId: id, digest: kind, openedAt: at });
    if (type === undefined) {
      const reviews = kind === "unrecognized" || kind === "failed" ? [review] : [];
      return { changes: changes({ ...step(record, { kind }, { updatedAt: at }), inbox, reviews }), result: found };
    }
    const { event, ...next } = eventStep(record, type, { updatedAt: at });
    const claimsOrder = type === "payment.succeeded";
    return { changes: changes({ ...next, inbox, claimsOrder, events: [{ ...event, id: eventId }] }), result: found };
  };
}

function eventOf(kind: string, state: string, orderPaid: boolean): PaymentEventType | undefined {
  if (kind === "reversed") return "payment.reversed";
  if (kind === "succeeded" && state !== "succeeded") return orderPaid ? "payment.paid_again" : "payment.succeeded";
  if (!OPEN.includes(state)) return undefined;
  if (kind === "failed") return "payment.failed";
  return kind === "deadline" ? "payment.expired" : undefined;
}

function outcomes({ event, handler: name }: Delivery, at: number, delay: number): readonly DeliveryOutcome[] {
  const { id: paymentId } = event.payment;
  const id = idsAt(at).review();
  const review = newReview({ id, kind: "dead_letter", paymentId, digest: `${event.id} ${name}`, openedAt: at });
  return [
    { kind: "delivered", at },
    { kind: "retry", at, dueAt: at + delay, error: `Error: at ${at}` },
    { kind: "dead", at, error: "Error: never", review },
  ];
}
