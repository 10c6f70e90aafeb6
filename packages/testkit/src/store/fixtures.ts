import {
  type Changes,
  createIds,
  type Fact,
  type HistoryEntry,
  type InsertRequest,
  type Payment,
  type PaymentEvent,
  type PaymentEventType,
  type PaymentId,
  type PaymentRecord,
  type PaymentState,
  type ProviderReference,
  type Refund,
  type Review,
  type SideFact,
  type UnmatchedNotification,
} from "@pay/core/store";
import { seeded } from "./random.ts";

/** When the tests take place. Nothing reads the real clock. */
export const NOON: number = Date.UTC(2026, 0, 15, 12);
export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;

export const ACCOUNT = "acme:SHOP1";
export const OTHER_ACCOUNT = "acme:SHOP2";

const random = seeded(1);

/** Ids as core makes them at this moment: they sort by time, and within one millisecond by chance. */
export function idsAt(at: number): ReturnType<typeof createIds> {
  return createIds(
    () => at,
    (size) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
  );
}

export const providerReference = (text: string): ProviderReference => text as ProviderReference;
export const nobody = (): PaymentId => idsAt(NOON).payment();

/** A payment as checkout opens it, with only the fields every payment has. */
export function newRecord(
  payment: Partial<Payment> = {},
  rest: Partial<Omit<PaymentRecord, "payment">> = {},
): PaymentRecord {
  const at = payment.createdAt ?? NOON;
  const id = payment.id ?? idsAt(at).payment();
  return deepFreeze({
    payment: {
      id,
      orderId: `order of ${id}`,
      state: "created",
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      providerName: "cards",
      adapter: "acme",
      merchantAccount: ACCOUNT,
      createdAt: at,
      updatedAt: at,
      expiresAt: at + HOUR,
      ...payment,
    },
    version: 1,
    cause: "opened",
    reversed: false,
    returnUrl: { success: "https://shop.example/thanks", failure: "https://shop.example/sorry" },
    keyId: "k1",
    ...rest,
  });
}

/** A payment with every optional field there is. */
export function fullRecord(payment: Partial<Payment> = {}): PaymentRecord {
  const checkout = { key: `basket ${nobody()}`, attempt: 2, digests: { orderId: "d1", "buyer.email": "d2" } };
  return newRecord(
    { providerReference: providerReference(`ref of ${nobody()}`), ...payment },
    {
      next: { kind: "redirect", url: "https://acme.example/pay?id=1&x=ą" },
      refunds: [newRefund(), newRefund({ status: "succeeded", providerReference: "F-1", key: "basket 1" })],
      buyerDigest: "buyer 1",
      checkout,
    },
  );
}

/** Money that goes back, with only the fields every refund has. */
export function newRefund(refund: Partial<Refund> = {}): Refund {
  const amount = { value: 500, currency: "PLN" };
  const id = idsAt(NOON).refund();
  return deepFreeze({ id, status: "requested", amount, origin: "shop", createdAt: NOON, updatedAt: NOON, ...refund });
}

export function opening(record: PaymentRecord): InsertRequest {
  const { createdAt: at } = record.payment;
  return {
    record,
    entry: deepFreeze({ sequence: 1, at, fact: { kind: "opened" }, from: "created", to: "created", reviews: [] }),
  };
}

/** What came of a fact: the payment's next record, and the line of history that says so. */
export interface Step {
  readonly record: PaymentRecord;
  readonly history: readonly [HistoryEntry];
}

/** The next step of a payment's life. The rule is the test's, not core's: a store writes what it is told. */
export function step(before: PaymentRecord, fact: Fact | SideFact, changed: Partial<Payment> = {}): Step {
  const sequence = before.version + 1;
  const at = changed.updatedAt ?? before.payment.updatedAt + SECOND;
  const payment = { ...before.payment, updatedAt: at, ...changed };
  const moved = payment.state !== before.payment.state;
  const entry = { sequence, at, fact, from: before.payment.state, to: payment.state, reviews: [] };
  const record = { ...before, payment, version: sequence, cause: moved ? fact.kind : before.cause };
  return deepFreeze({ record, history: [entry] });
}

/** What makes each kind of event, and where the payment stands then. */
const CAUSES: Readonly<Record<PaymentEventType, { readonly fact: Fact | SideFact; readonly state?: PaymentState }>> = {
  "payment.succeeded": { fact: { kind: "succeeded" }, state: "succeeded" },
  "payment.paid_again": { fact: { kind: "succeeded" }, state: "succeeded" },
  "payment.failed": { fact: { kind: "failed" }, state: "failed" },
  "payment.expired": { fact: { kind: "deadline" }, state: "expired" },
  "payment.canceled": { fact: { kind: "cancel" }, state: "canceled" },
  "payment.reversed": { fact: { kind: "reversed" } },
  "refund.succeeded": { fact: { kind: "refund_succeeded" } },
  "refund.failed": { fact: { kind: "refund_failed" } },
};

/** A step that the shop's handlers are told of. */
export function eventStep(
  before: PaymentRecord,
  type: PaymentEventType,
  changed: Partial<Payment> = {},
): Step & { readonly event: PaymentEvent } {
  const { fact, state = before.payment.state } = CAUSES[type];
  const { record, history } = step(before, fact, { state, ...changed });
  const { payment, version: sequence } = record;
  const id = idsAt(payment.updatedAt).event();
  return {
    record,
    history,
    event: deepFreeze({ id, type, sequence, occurredAt: payment.updatedAt, payment, late: false }),
  };
}

/** A store keeps details of any shape, so tests may give others than the kind has. */
export function newReview(review: Partial<Omit<Review, "details">> & { readonly details?: object } = {}): Review {
  const openedAt = review.openedAt ?? NOON;
  return deepFreeze({
    id: idsAt(openedAt).review(),
    kind: "unrecognized",
    digest: "what was said",
    openedAt,
    details: { fact: "unrecognized", providerStatus: "7" },
    candidates: [],
    status: "open",
    actions: [],
    ...review,
  } as Review);
}

export function newUnmatched(unmatched: Partial<UnmatchedNotification> = {}): UnmatchedNotification {
  return deepFreeze({
    merchantAccount: ACCOUNT,
    subject: "T-1",
    digest: "digest 1",
    fact: { kind: "succeeded" },
    receivedAt: NOON,
    ...unmatched,
  });
}

/** Changes with nothing in them but what is given. */
export function changes(part: Partial<Changes> = {}): Changes {
  return deepFreeze({
    history: [],
    reviews: [],
    events: [],
    inbox: [],
    claimsOrder: false,
    adopted: [],
    reviewed: [],
    redriven: [],
    ...part,
  });
}

/** Frozen, so that a store that alters what it was given fails the test. */
function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
