import type { Decision, PaymentEventType, PaymentRecord, Snapshot, UpdateQuery } from "@pay/core/store";
import {
  changes,
  eventStep,
  idsAt,
  insertRequestOf,
  MINUTE,
  newRecord,
  newReview,
  newUnmatched,
  step,
} from "../fixtures/records.ts";
import type { Operation, Operations } from "./operation.ts";
import type { Surroundings } from "./surroundings.ts";
import { ordersOf, providerReferencesOf } from "./world-names.ts";

const ACCOUNTS = ["acme:SHOP1", "acme:SHOP2"] as const;
const FACTS = ["succeeded", "failed", "reversed", "unrecognized", "pending"] as const;
const OPEN = ["created", "pending", "unknown"];

/** The operations that open payments and change them. */
export function paymentOperations(surroundings: Surroundings): Operations<"open" | "notify" | "accept" | "deadline"> {
  const { below, name, now, payments, pick, unmatchedNotifications } = surroundings;
  const orders = ordersOf(surroundings);
  const providerReferences = providerReferencesOf(surroundings);

  function open(): Operation {
    const checkout = { key: `basket ${below(3)} of ${name}`, attempt: below(2), digests: {} };
    const payment = {
      orderId: pick(orders),
      merchantAccount: pick(ACCOUNTS),
      createdAt: now(),
      expiresAt: now() + below(5) * MINUTE,
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
      receivedAt: now(),
      ...(below(2) && { buyerDigest: `buyer ${below(2)}` }),
    });
    unmatchedNotifications.push(unmatched);
    const apply = rule(kind, now());
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
    const at = now();
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
    const apply = rule("deadline", now());
    return {
      name: "deadline",
      run: (store) =>
        store.update({ merchantAccount, paymentId }, (found) =>
          found.record === undefined ? { changes: changes(), result: found } : apply(found, found.record),
        ),
    };
  }

  return { open, notify, accept, deadline };
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
