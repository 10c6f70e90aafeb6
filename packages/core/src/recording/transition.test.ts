import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import type { PaymentId, ProviderReference } from "../model/ids.ts";
import type { PaymentRecord, PaymentState } from "../model/payment.ts";
import type { Refund } from "../model/refund.ts";
import { type TransitionContext, transition } from "./transition.ts";

const A = "T-A" as ProviderReference;
const B = "T-B" as ProviderReference;

const STATES = ["created", "pending", "unknown", "failed", "expired", "canceled", "succeeded"] as const;
const UNSUCCESSFUL: readonly PaymentState[] = ["failed", "expired", "canceled"];

// Facts.
const accepted = (providerReference?: ProviderReference): Fact => ({
  kind: "create_accepted",
  next: { kind: "wait" },
  ...(providerReference && { providerReference }),
});
const rejected: Fact = { kind: "create_rejected", code: "declined", retryable: false };
const retryable: Fact = { kind: "create_rejected", code: "unavailable", retryable: true };
const notSent: Fact = { kind: "create_not_sent", reason: "ENOTFOUND" };
const createUnknown: Fact = { kind: "create_unknown", reason: "ETIMEDOUT" };
const said = (
  kind: "succeeded" | "failed" | "pending" | "reversed" | "unrecognized",
  providerReference?: ProviderReference,
): Fact => ({
  kind,
  ...(providerReference && { providerReference }),
});
const paid = (amount: number, currency = "PLN", providerReference?: ProviderReference): Fact => ({
  kind: "succeeded",
  amount: { value: amount, currency },
  ...(providerReference && { providerReference }),
});
const tookBack = (amount: number, currency = "PLN"): Fact => ({
  kind: "reversed",
  amount: { value: amount, currency },
});
const deadline: Fact = { kind: "deadline" };
const cancel: Fact = { kind: "cancel" };

// The known payment.
const NEW: Known = {};
const HAS_A: Known = { providerReference: A };
const FINAL: Known = { failureIsFinal: true };
const TAKEN: Known = { providerReferenceTaken: true };
const ORDER_PAID: Known = { orderPaidByAnother: true };
const REVERSED: Known = { reversed: true };
const REFUNDED: Known = { refunded: 1999 };
const SUPERSEDED: Known = { superseded: true };
const BY_NOTICE: Known = { cause: "failed" };
const BY_NOTICE_FINAL: Known = { cause: "failed", failureIsFinal: true };
const BY_CREATE: Known = { cause: "create_rejected" };
const BY_NOTICE_ORDER_PAID: Known = { cause: "failed", orderPaidByAnother: true };

// Cells: the new state, if it changes; then `+` and an event, `!` and a review, `duplicate`, `refused`.
const KEEP = "";
const PENDING = "pending";
const UNKNOWN = "unknown";
const FAIL = "failed +payment.failed";
const EXPIRE = "expired +payment.expired";
const CANCEL = "canceled +payment.canceled";
const PAID = "succeeded +payment.succeeded";
const LATE = "succeeded +payment.succeeded !late_success";
const OLD = "succeeded +payment.succeeded !superseded_paid";
const GONE = "succeeded !sent_back_paid";
const TWICE = "succeeded +payment.paid_again !double_payment";
const SAME = "duplicate";
const BACK = "+payment.reversed !reversed";
const MISMATCH = "!reference_mismatch";
const AMOUNT = "!amount_mismatch";
const DOUBLE = "!double_payment";
const ODD = "!contradiction";
const STRANGE = "!unrecognized";
const REFUSED = "refused";

type Cells = readonly [string, string, string, string, string, string, string];

type Case = readonly [name: string, Known, Fact, providerReferenceAfter: ProviderReference | undefined, Cells];

// Written from the documented table, not from the code.
const TABLE: readonly Case[] = [
  //                                                                           created  pending  unknown  failed expired canceled succeeded
  ["create accepted", NEW, accepted(), undefined, [PENDING, PENDING, PENDING, KEEP, KEEP, KEEP, KEEP]],
  ["create accepted, first reference", NEW, accepted(A), A, [PENDING, PENDING, PENDING, KEEP, KEEP, KEEP, KEEP]],
  ["create accepted, known reference", HAS_A, accepted(A), A, [PENDING, PENDING, PENDING, KEEP, KEEP, KEEP, KEEP]],
  ["create accepted, no reference now", HAS_A, accepted(), A, [PENDING, PENDING, PENDING, KEEP, KEEP, KEEP, KEEP]],
  [
    "create accepted, other reference",
    HAS_A,
    accepted(B),
    A,
    [`pending ${MISMATCH}`, `pending ${MISMATCH}`, `pending ${MISMATCH}`, MISMATCH, MISMATCH, MISMATCH, MISMATCH],
  ],
  [
    "create accepted, taken reference",
    TAKEN,
    accepted(B),
    undefined,
    [`pending ${MISMATCH}`, `pending ${MISMATCH}`, `pending ${MISMATCH}`, MISMATCH, MISMATCH, MISMATCH, MISMATCH],
  ],
  ["create rejected", NEW, rejected, undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, ODD]],
  ["create rejected for now", NEW, retryable, undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, ODD]],
  ["create not sent", NEW, notSent, undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, ODD]],
  ["create not sent, failures final", FINAL, notSent, undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, ODD]],
  ["create unknown", NEW, createUnknown, undefined, [UNKNOWN, KEEP, KEEP, KEEP, KEEP, KEEP, KEEP]],
  ["paid, amount absent", NEW, said("succeeded"), undefined, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, amount right", NEW, paid(1999), undefined, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, first reference", NEW, said("succeeded", A), A, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, known reference", HAS_A, paid(1999, "PLN", A), A, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, failures final", FINAL, said("succeeded"), undefined, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, refused at create", BY_CREATE, said("succeeded"), undefined, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, notified as failed", BY_NOTICE, said("succeeded"), undefined, [PAID, PAID, PAID, PAID, LATE, LATE, SAME]],
  ["paid, failed for good", BY_NOTICE_FINAL, said("succeeded"), undefined, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  ["paid, order paid", ORDER_PAID, said("succeeded"), undefined, [TWICE, TWICE, TWICE, TWICE, TWICE, TWICE, SAME]],
  [
    "paid, order paid, notified as failed",
    BY_NOTICE_ORDER_PAID,
    paid(1999),
    undefined,
    [TWICE, TWICE, TWICE, TWICE, TWICE, TWICE, SAME],
  ],
  ["paid, superseded", SUPERSEDED, paid(1999), undefined, [OLD, OLD, OLD, OLD, OLD, OLD, SAME]],
  [
    "paid, superseded, notified as failed",
    { ...SUPERSEDED, ...BY_NOTICE },
    said("succeeded"),
    undefined,
    [OLD, OLD, OLD, OLD, OLD, OLD, SAME],
  ],
  [
    "paid, superseded, order paid",
    { ...SUPERSEDED, ...ORDER_PAID },
    said("succeeded"),
    undefined,
    [TWICE, TWICE, TWICE, TWICE, TWICE, TWICE, SAME],
  ],
  ...[REVERSED, REFUNDED, { refunded: 2999 }].flatMap((gone): Case[] => [
    ["paid, money gone", gone, paid(1999), undefined, [GONE, GONE, GONE, GONE, GONE, GONE, SAME]],
    [
      "recorded as paid, money gone",
      gone,
      { kind: "succeeded", recorded: true },
      undefined,
      [GONE, GONE, GONE, GONE, GONE, GONE, SAME],
    ],
    [
      "paid, money gone, notified as failed",
      { ...gone, ...BY_NOTICE },
      paid(1999),
      undefined,
      [GONE, GONE, GONE, GONE, GONE, GONE, SAME],
    ],
    [
      "paid, money gone, superseded",
      { ...gone, ...SUPERSEDED },
      paid(1999),
      undefined,
      [GONE, GONE, GONE, GONE, GONE, GONE, SAME],
    ],
    [
      "paid, money gone, order paid",
      { ...gone, ...ORDER_PAID },
      paid(1999),
      undefined,
      [GONE, GONE, GONE, GONE, GONE, GONE, SAME],
    ],
    ["paid less, money gone", gone, paid(1998), undefined, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
  ]),
  ["paid, part gone", { refunded: 1998 }, paid(1999), undefined, [PAID, PAID, PAID, LATE, LATE, LATE, SAME]],
  [
    "accepted as paid with what went back",
    { refunded: 1500 },
    { kind: "succeeded", recorded: true, receivedAmount: { value: 1500, currency: "PLN" } },
    undefined,
    [GONE, GONE, GONE, GONE, GONE, GONE, SAME],
  ],
  [
    "paid what the order costs now, superseded",
    SUPERSEDED,
    paid(4999),
    undefined,
    [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT],
  ],
  ["failed, superseded", SUPERSEDED, said("failed"), undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, KEEP]],
  ["paid a grosz less", NEW, paid(1998), undefined, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
  ["paid a hundredfold", NEW, paid(199_900), undefined, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
  [
    "paid in another currency",
    NEW,
    paid(1999, "EUR"),
    undefined,
    [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT],
  ],
  ["paid less, first reference", NEW, paid(1, "PLN", A), A, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
  ["paid less, order paid", ORDER_PAID, paid(1), undefined, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
  [
    "paid less, notified as failed",
    BY_NOTICE,
    paid(1),
    undefined,
    [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT],
  ],
  [
    "paid, other reference",
    HAS_A,
    said("succeeded", B),
    A,
    [MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, DOUBLE],
  ],
  [
    "paid, taken reference",
    TAKEN,
    said("succeeded", B),
    undefined,
    [MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, DOUBLE],
  ],
  [
    "paid less, other reference",
    HAS_A,
    paid(1, "PLN", B),
    A,
    [MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, DOUBLE],
  ],
  [
    "paid, other reference, order paid",
    { ...HAS_A, ...ORDER_PAID },
    said("succeeded", B),
    A,
    [MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, DOUBLE],
  ],
  ["failed", NEW, said("failed"), undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, KEEP]],
  ["failed, first reference", NEW, said("failed", A), A, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, KEEP]],
  ["failed for good", FINAL, said("failed"), undefined, [FAIL, FAIL, FAIL, KEEP, KEEP, KEEP, ODD]],
  ["pending", NEW, said("pending"), undefined, [PENDING, PENDING, PENDING, KEEP, KEEP, KEEP, KEEP]],
  ["pending, first reference", NEW, said("pending", A), A, [PENDING, PENDING, PENDING, KEEP, KEEP, KEEP, KEEP]],
  ["reversed", NEW, said("reversed"), undefined, [BACK, BACK, BACK, BACK, BACK, BACK, BACK]],
  ["reversed, first reference", NEW, said("reversed", A), A, [BACK, BACK, BACK, BACK, BACK, BACK, BACK]],
  [
    "reversed, other reference",
    HAS_A,
    said("reversed", B),
    A,
    [MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH],
  ],
  [
    "reversed, taken reference",
    TAKEN,
    said("reversed", B),
    undefined,
    [MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH, MISMATCH],
  ],
  ...[NEW, REVERSED, REFUNDED].flatMap((known): Case[] => [
    ["a part reversed", known, tookBack(1000), undefined, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
    ["more reversed", known, tookBack(2000), undefined, [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT]],
    [
      "reversed in another currency",
      known,
      tookBack(1999, "EUR"),
      undefined,
      [AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT],
    ],
  ]),
  ["reversed, amount right", NEW, tookBack(1999), undefined, [BACK, BACK, BACK, BACK, BACK, BACK, BACK]],
  ["reversed again, amount right", REVERSED, tookBack(1999), undefined, [SAME, SAME, SAME, SAME, SAME, SAME, SAME]],
  ["reversed again", REVERSED, said("reversed"), undefined, [SAME, SAME, SAME, SAME, SAME, SAME, SAME]],
  [
    "unrecognized",
    NEW,
    said("unrecognized"),
    undefined,
    [STRANGE, STRANGE, STRANGE, STRANGE, STRANGE, STRANGE, STRANGE],
  ],
  [
    "unrecognized, first reference",
    NEW,
    said("unrecognized", A),
    A,
    [STRANGE, STRANGE, STRANGE, STRANGE, STRANGE, STRANGE, STRANGE],
  ],
  ["deadline", NEW, deadline, undefined, [EXPIRE, EXPIRE, EXPIRE, KEEP, KEEP, KEEP, KEEP]],
  ["cancel", NEW, cancel, undefined, [CANCEL, CANCEL, CANCEL, KEEP, KEEP, KEEP, REFUSED]],
];

interface Known {
  readonly providerReference?: ProviderReference;
  /** Kind of the fact that set the state. */
  readonly cause?: string;
  readonly reversed?: boolean;
  /** Minor units that a succeeded refund sent back. */
  readonly refunded?: number;
  readonly superseded?: boolean;
  readonly failureIsFinal?: boolean;
  readonly orderPaidByAnother?: boolean;
  readonly providerReferenceTaken?: boolean;
}

function recordIn(
  state: PaymentState,
  { providerReference, cause = "opened", refunded, reversed = false, superseded = false }: Known,
): PaymentRecord {
  return {
    payment: {
      id: "pay_01h455vb4pex5vsknk084sn02q" as PaymentId,
      orderId: "order-1",
      state,
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      providerName: "cards",
      adapter: "fake",
      merchantAccount: "fake:1",
      ...(providerReference && { providerReference }),
      createdAt: 1,
      updatedAt: 1,
      expiresAt: 2,
      ...(superseded && { superseded: { amount: { value: 4999, currency: "PLN" }, by: OTHER } }),
    },
    version: 1,
    cause,
    reversed,
    ...(refunded !== undefined && { refunds: [refundOf(refunded)] }),
    returnUrl: { success: "https://shop.example/", failure: "https://shop.example/" },
    keyId: "00000000",
  };
}

const OTHER = "pay_01h455vb4pex5vsknk084sn02r" as PaymentId;

const refundOf = (value: number): Refund => ({
  id: "rfd_01h455vb4pex5vsknk084sn02q" as Refund["id"],
  status: "succeeded",
  amount: { value, currency: "PLN" },
  origin: "gateway",
  createdAt: 1,
  updatedAt: 1,
});

function contextOf(known: Known): TransitionContext {
  const { failureIsFinal = false, orderPaidByAnother = false, providerReferenceTaken = false } = known;
  return { failureIsFinal, orderPaidByAnother, providerReferenceTaken };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** Parses a cell. */
function expected(cell: string, state: PaymentState, providerReferenceAfter: ProviderReference | undefined) {
  const words = cell.split(" ").filter(Boolean);
  const to = words.find((word) => (STATES as readonly string[]).includes(word)) ?? state;
  return {
    state: to,
    providerReference: providerReferenceAfter,
    event: words.find((word) => word.startsWith("+"))?.slice(1),
    claimsOrder: to === "succeeded" && words.includes("+payment.succeeded") && !words.includes("!superseded_paid"),
    late: UNSUCCESSFUL.includes(state) && to === "succeeded",
    reviews: words.filter((word) => word.startsWith("!")).map((word) => word.slice(1)),
    duplicate: words.includes("duplicate"),
  };
}

const CASES = TABLE.flatMap(([name, known, fact, providerReferenceAfter, cells]) =>
  STATES.map((state, column) => ({ name, state, known, fact, providerReferenceAfter, cell: cells[column]! })),
);

describe("transition", () => {
  it.each(CASES)("$name, in $state", ({ state, known, fact, providerReferenceAfter, cell }) => {
    const record = deepFreeze(recordIn(state, known));
    const act = () => transition(record, deepFreeze(fact), deepFreeze(contextOf(known)));
    if (cell === REFUSED) {
      expect(act).toThrow(expect.objectContaining({ code: "ALREADY_SUCCEEDED", paymentId: record.payment.id }));
      return;
    }
    expect(act()).toEqual(expected(cell, state, providerReferenceAfter));
    // A second call gives the same result, since the function is pure.
    expect(act()).toEqual(act());
  });

  it("keeps a provider reference once it has one, and takes the first it sees", () => {
    fc.assert(
      fc.property(anything, ({ record, fact, context }) => {
        const providerReference = providerReferenceAfter(record, fact, context);
        if (providerReference === "refused") return;
        const brought = "providerReference" in fact ? fact.providerReference : undefined;
        expect(providerReference).toBe(
          record.payment.providerReference ?? (context.providerReferenceTaken ? undefined : brought),
        );
      }),
    );
  });

  it("never leaves succeeded, and reaches it only by a success", () => {
    fc.assert(
      fc.property(anything, ({ record, fact, context }) => {
        const after = tryTransition(record, fact, context);
        if (after === undefined) return;
        if (record.payment.state === "succeeded") expect(after.state).toBe("succeeded");
        else if (after.state === "succeeded") expect(fact.kind).toBe("succeeded");
        const reported = after.event === "payment.succeeded" || after.event === "payment.paid_again";
        const succeeds = after.state === "succeeded" && record.payment.state !== "succeeded";
        expect(reported).toBe(succeeds && !isGone(record));
        expect(after.reviews.includes("sent_back_paid")).toBe(succeeds && isGone(record));
        if (isGone(record)) expect(after.claimsOrder).toBe(false);
      }),
    );
  });

  it("opens an unsuccessful payment for nothing but a success", () => {
    fc.assert(
      fc.property(anything, ({ record, fact, context }) => {
        const { state } = record.payment;
        if (!UNSUCCESSFUL.includes(state)) return;
        expect([state, "succeeded"]).toContain(tryTransition(record, fact, context)?.state);
      }),
    );
  });
});

const isGone = ({ refunds = [], reversed }: PaymentRecord) => reversed || refunds.length > 0;

function tryTransition(record: PaymentRecord, fact: Fact, context: TransitionContext) {
  try {
    return transition(record, fact, context);
  } catch (error) {
    if (isPayError(error) && error.code === "ALREADY_SUCCEEDED") return undefined;
    throw error;
  }
}

function providerReferenceAfter(record: PaymentRecord, fact: Fact, context: TransitionContext) {
  const after = tryTransition(record, fact, context);
  return after === undefined ? "refused" : after.providerReference;
}

const anything = fc.record({
  record: fc
    .record({
      state: fc.constantFrom(...STATES),
      providerReference: fc.constantFrom(undefined, A, B),
      cause: fc.constantFrom("opened", "failed", "create_rejected", "deadline"),
      reversed: fc.boolean(),
      refunded: fc.constantFrom(undefined, 1999),
      superseded: fc.boolean(),
    })
    .map(({ state, providerReference, refunded, ...known }) =>
      recordIn(state, {
        ...known,
        ...(providerReference && { providerReference }),
        ...(refunded !== undefined && { refunded }),
      }),
    ),
  fact: fc.constantFrom(...TABLE.map(([, , fact]) => fact)),
  context: fc.record({
    failureIsFinal: fc.boolean(),
    orderPaidByAnother: fc.boolean(),
    providerReferenceTaken: fc.boolean(),
  }),
});
