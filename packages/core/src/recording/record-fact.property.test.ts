import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { insertRequestOf, newRecord } from "../../../../test/support/records.ts";
import { testRuns } from "../../../../test/support/runs.ts";
import { createHarness } from "../../test/harness.ts";
import { watchedStore } from "../../test/watched-store.ts";
import type { PaymentStore } from "../contract/store.ts";
import type { PaymentEvent } from "../model/event.ts";
import type { Fact, HistoryEntry } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import { type Money, sameMoney } from "../model/money.ts";
import type { PaymentState } from "../model/payment.ts";
import { memoryStore } from "../store/memory.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { recordFact } from "./record-fact.ts";

// For the long mode.
jest.setTimeout(600_000);

const PRICE: Money = { value: 1999, currency: "PLN" };
const ACCOUNT = "fake:1";

/** One event from outside that concerns one of the payments. */
type Message =
  | { readonly to: number; readonly kind: "create"; readonly fact: "rejected" | "not_sent" | "unknown" }
  | { readonly to: number; readonly kind: "accepted"; readonly withReference: boolean }
  | { readonly to: number; readonly kind: "deadline" }
  /** The gateway says that something changed. */
  | { readonly to: number; readonly kind: "hint"; readonly withReference: boolean }
  /** A later checkout opens the order for this amount, in minor units. */
  | { readonly to: number; readonly kind: "reprice"; readonly value: number }
  /** The gateway sent this much back, in minor units. */
  | { readonly to: number; readonly kind: "refund"; readonly value: number }
  | {
      readonly to: number;
      readonly kind: "notification";
      readonly status: "succeeded" | "failed" | "pending" | "reversed" | "unrecognized";
      /** If it carries the provider reference only, it finds no payment until the reference is known. */
      readonly names: "id" | "id and reference" | "reference" | "providerReference" | "id and a wrong reference";
      readonly amount: "absent" | "right" | "other";
      readonly eventId: "1" | "2" | undefined;
    };

const to = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 5, arbitrary: notification(["succeeded"]) },
  { weight: 6, arbitrary: notification(["failed", "pending", "reversed", "unrecognized"]) },
  { weight: 3, arbitrary: fc.record({ to, kind: fc.constant("accepted" as const), withReference: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      to,
      kind: fc.constant("create" as const),
      fact: fc.constantFrom("rejected", "not_sent", "unknown"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ to, kind: fc.constant("deadline" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ to, kind: fc.constant("refund" as const), value: fc.constantFrom(999, 1000, 1999) }),
  },
  { weight: 2, arbitrary: fc.record({ to, kind: fc.constant("hint" as const), withReference: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ to, kind: fc.constant("reprice" as const), value: fc.constantFrom(1999, 4999, 5999) }),
  },
);

function notification(statuses: Extract<Message, { kind: "notification" }>["status"][]): fc.Arbitrary<Message> {
  return fc.record({
    to,
    kind: fc.constant("notification" as const),
    status: fc.constantFrom(...statuses),
    names: fc.constantFrom(
      "id",
      "id and reference",
      "reference",
      "providerReference",
      "providerReference",
      "id and a wrong reference",
    ),
    amount: fc.constantFrom("absent", "right", "right", "other"),
    eventId: fc.constantFrom(undefined, "1", "2"),
  });
}

/** A few messages, in any order, each any number of times. */
const play = fc
  .array(message, { minLength: 1, maxLength: 8 })
  .chain((messages) =>
    fc.array(fc.nat(messages.length - 1), { maxLength: 24 }).map((order) => order.map((i) => messages[i]!)),
  );

interface Traits {
  readonly failureIsFinal: boolean;
  readonly pendingUntilSeconds: number | undefined;
}

const traits: fc.Arbitrary<Traits> = fc.record({
  failureIsFinal: fc.boolean(),
  pendingUntilSeconds: fc.constantFrom(undefined, 259_200),
});

/** Sends the messages to two open payments of one order at one account. */
async function perform(messages: readonly Message[], { failureIsFinal, pendingUntilSeconds }: Traits) {
  const events: PaymentEvent[] = [];
  /** What the order cost at each event. */
  const prices: number[] = [];
  let price = PRICE.value;
  const traits = { failureIsFinal, ...(pendingUntilSeconds !== undefined && { pendingUntilSeconds }) };
  const provider = fakeProvider({ merchantAccount: ACCOUNT, traits });
  const harness = createHarness({
    providers: { cards: provider },
    store: watchedStore(
      recording(memoryStore(), (event) => {
        events.push(event);
        prices.push(price);
      }),
    ),
  });
  const ids = [harness.context.ids.payment(), harness.context.ids.payment()];
  for (const id of ids) {
    const record = newRecord({ id, orderId: "order-1", merchantAccount: ACCOUNT, amount: PRICE });
    await harness.store.insert(insertRequestOf(record));
  }
  const record = (id: PaymentId, fact: Fact, known?: ReturnType<typeof providerReference>) =>
    recordFact(harness.context, {
      query: { merchantAccount: ACCOUNT, paymentId: id, ...(known && { providerReference: known, adopt: true }) },
      fact,
      traits,
    });
  for (const one of messages) {
    const id = ids[one.to]!;
    const known = providerReference(`T-${one.to}`);
    if (one.kind === "notification") await harness.notify("cards", callbackOf(one, id));
    else if (one.kind === "refund") await harness.notify("cards", refundOf(one, id));
    else if (one.kind === "hint") await harness.notify("cards", hintOf(one, id));
    else if (one.kind === "deadline") await record(id, { kind: "deadline" });
    else if (one.kind === "reprice") {
      const amount = { ...PRICE, value: one.value };
      const opened = newRecord({
        id: harness.context.ids.payment(),
        orderId: "order-1",
        merchantAccount: ACCOUNT,
        amount,
      });
      if ((await harness.store.insert(insertRequestOf(opened))).kind === "opened") price = one.value;
    } else if (one.kind === "create") await record(id, refusalOf(one.fact));
    else if (one.withReference)
      await record(id, { kind: "create_accepted", next: { kind: "wait" }, providerReference: known }, known);
    else await record(id, { kind: "create_accepted", next: { kind: "wait" } });
  }
  const payments = await Promise.all(
    ids.map(async (id, index) => {
      const record = await harness.record(id);
      return {
        record,
        history: await harness.store.history(id),
        reviews: (await harness.store.reviewsOfPayment(id)).map(({ kind }) => kind),
        events: events.filter(({ payment }) => payment.id === id),
        interpreted: interpretations(messages.filter((one) => one.to === index)),
        paid: messages.some((one) => one.to === index && isValidSuccess(one, record.payment.providerReference)),
      };
    }),
  );
  const reviews = await Promise.all(events.map(({ payment }) => harness.store.reviewsOfPayment(payment.id)));
  const told = events.map((event, n) => ({ event, price: prices[n]!, reviews: reviews[n]!.map(({ kind }) => kind) }));
  const checks = await harness.store.leaseStatusChecks(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 10);
  const isAsked = ids.map((id) => checks.some(({ paymentId }) => paymentId === id));
  const { paidBy } = await harness.store.order("order-1");
  return { payments, paidBy, told, pendingUntilSeconds, isAsked };
}

/** A store that also reports every written event of a payment. */
function recording(store: PaymentStore, written: (event: PaymentEvent) => void): PaymentStore {
  return {
    ...store,
    update: (query, decide) =>
      store.update(query, (found) => {
        const decision = decide(found);
        for (const event of decision.changes.events) if ("payment" in event) written(event);
        return decision;
      }),
  };
}

function refusalOf(fact: "rejected" | "not_sent" | "unknown"): Fact {
  if (fact === "rejected") return { kind: "create_rejected", code: "declined", retryable: false };
  return { kind: `create_${fact}` };
}

function callbackOf(one: Extract<Message, { kind: "notification" }>, id: PaymentId) {
  const known = providerReferenceOf(one);
  return {
    kind: "notification" as const,
    about:
      one.names === "providerReference"
        ? { providerReference: known! }
        : one.names === "reference"
          ? { merchantReference: id.slice(4) }
          : { paymentId: id },
    ...(known && { providerReference: known }),
    ...(one.eventId && { eventId: one.eventId }),
    reported: {
      status: one.status,
      ...(one.amount !== "absent" && { amount: one.amount === "right" ? PRICE : { value: 1, currency: "PLN" } }),
    },
  };
}

function refundOf({ value }: Extract<Message, { kind: "refund" }>, id: PaymentId) {
  return {
    kind: "refund" as const,
    about: { paymentId: id },
    refund: { providerReference: `F-${value}`, amount: { ...PRICE, value }, status: "succeeded" as const },
  };
}

function hintOf({ to, withReference }: Extract<Message, { kind: "hint" }>, id: PaymentId) {
  return {
    kind: "check_status" as const,
    about: { paymentId: id },
    ...(withReference && { providerReference: providerReference(`T-${to}`) }),
  };
}

function providerReferenceOf(one: Message) {
  if (one.kind !== "notification") return undefined;
  if (one.names === "id and a wrong reference") return providerReference(`WRONG-${one.to}`);
  return one.names === "id and reference" || one.names === "providerReference"
    ? providerReference(`T-${one.to}`)
    : undefined;
}

/** True if all money of a payment had gone back when it succeeded, by rules written independently of the code. */
function isPaidTooLate(history: readonly HistoryEntry[]): boolean {
  const success = history.findIndex(({ from, to }) => from !== "succeeded" && to === "succeeded");
  const before = history.slice(0, Math.max(success, 0)).map(({ fact }) => fact);
  const refunds = new Map(
    before.map((fact) =>
      fact.kind === "refund_succeeded" ? [fact.refundProviderReference, fact.amount!.value] : ["", 0],
    ),
  );
  const refunded = [...refunds.values()].reduce((sum, value) => sum + value, 0);
  return before.some(({ kind }) => kind === "reversed") || refunded >= PRICE.value;
}

/** A success with the right amount, with the payment's provider reference or with none. */
function isValidSuccess(one: Message, known: string | undefined): boolean {
  if (one.kind !== "notification" || one.status !== "succeeded" || one.amount === "other") return false;
  const given = providerReferenceOf(one);
  return given === undefined || given === known;
}

/** Counts the different notifications per history entry. Another event id makes another notification. */
function interpretations(messages: readonly Message[]): ReadonlyMap<string, number> {
  const eventIds = new Map<string, Set<string | undefined>>();
  for (const one of messages) {
    if (one.kind !== "notification") continue;
    const { reported } = callbackOf(one, "" as PaymentId);
    const key = factKey({
      kind: reported.status,
      providerReference: providerReferenceOf(one),
      amount: reported.amount,
    });
    eventIds.set(key, (eventIds.get(key) ?? new Set()).add(one.eventId));
  }
  return new Map([...eventIds].map(([key, ids]) => [key, ids.size]));
}

function factKey(fact: { kind: string; providerReference?: string | undefined; amount?: Money | undefined }): string {
  return JSON.stringify([fact.kind, fact.providerReference ?? null, fact.amount ?? null]);
}

/** The state that a history leads to, by rules written independently of the code. */
function fold(history: readonly HistoryEntry[], known: string | undefined): PaymentState {
  let state: PaymentState = "created";
  for (const { fact } of history) {
    const open = state === "created" || state === "pending" || state === "unknown";
    if (fact.kind === "succeeded") {
      const amountFits = fact.amount === undefined || sameMoney(fact.amount, PRICE);
      if (amountFits && (fact.providerReference === undefined || fact.providerReference === known)) state = "succeeded";
    } else if (!open) continue;
    else if (fact.kind === "create_accepted" || fact.kind === "pending") state = "pending";
    else if (fact.kind === "create_unknown" && state === "created") state = "unknown";
    else if (["failed", "create_rejected", "create_not_sent"].includes(fact.kind)) state = "failed";
    else if (fact.kind === "deadline") state = "expired";
  }
  return state;
}

const SUCCESSES = ["payment.succeeded", "payment.paid_again"];
const countOf = (events: readonly PaymentEvent[], ...types: string[]) =>
  events.filter(({ type }) => types.includes(type)).length;

describe("recording facts in any order and with any repetition", () => {
  const runs = { numRuns: testRuns(), seed: 20_260_115 };
  const check = (claim: (result: Awaited<ReturnType<typeof perform>>) => void) =>
    fc.assert(
      fc.asyncProperty(play, traits, async (messages, given) => claim(await perform(messages, given))),
      runs,
    );

  it("ends succeeded exactly when a valid success is among it, and says so once if its money was not gone before", async () => {
    await check(({ payments }) => {
      for (const { record, events, history, paid } of payments) {
        expect(record.payment.state === "succeeded").toBe(paid);
        expect(countOf(events, ...SUCCESSES)).toBe(paid && !isPaidTooLate(history) ? 1 : 0);
      }
    });
  });

  it("tells no success whose money went back before it, shows it to a person, and lets it pay no order", async () => {
    await check(({ payments, paidBy }) => {
      for (const { record, events, history, paid, reviews } of payments) {
        const isLate = paid && isPaidTooLate(history);
        expect(reviews.includes("sent_back_paid")).toBe(isLate);
        if (!isLate) continue;
        expect(countOf(events, ...SUCCESSES)).toBe(0);
        expect(paidBy).not.toBe(record.payment.id);
      }
    });
  });

  it("says at most once that a payment failed, and nothing of the kind after its success", async () => {
    await check(({ payments }) => {
      for (const { events } of payments) {
        for (const type of ["payment.failed", "payment.expired", "payment.reversed"]) {
          expect(countOf(events, type)).toBeLessThanOrEqual(1);
        }
        const success = events.find(({ type }) => SUCCESSES.includes(type));
        const after = events.filter(({ sequence }) => success !== undefined && sequence > success.sequence);
        expect(countOf(after, "payment.failed", "payment.expired", "payment.canceled")).toBe(0);
      }
    });
  });

  it("says payment.succeeded until a payment of the order's price is paid, and payment.paid_again afterwards", async () => {
    await check(({ payments, told }) => {
      const successes = told.filter(({ event }) => SUCCESSES.includes(event.type));
      const inTime = payments.filter(({ history, paid }) => paid && !isPaidTooLate(history));
      expect(successes).toHaveLength(inTime.length);
      let isPaid = false;
      for (const { event, price } of successes) {
        expect(event.type).toBe(isPaid ? "payment.paid_again" : "payment.succeeded");
        isPaid ||= price === PRICE.value;
      }
    });
  });

  it("says of every event whether its payment is superseded, and shows each such success to a person", async () => {
    await check(({ told }) => {
      for (const { event, price, reviews } of told) {
        expect(event.superseded?.amount.value).toBe(price === PRICE.value ? undefined : price);
        expect(event.payment.superseded).toEqual(event.superseded);
        if (event.superseded === undefined || !SUCCESSES.includes(event.type)) continue;
        expect(reviews).toContain(event.type === "payment.succeeded" ? "superseded_paid" : "double_payment");
      }
    });
  });

  it("keeps a history whose fold is the state, without a gap, and one event at most per entry", async () => {
    await check(({ payments }) => {
      for (const { record, history, events } of payments) {
        expect(fold(history, record.payment.providerReference)).toBe(record.payment.state);
        expect(record.version).toBe(history.length);
        expect(history.map(({ sequence }) => sequence)).toEqual(history.map((_, index) => index + 1));
        expect(history.map(({ from }) => from)).toEqual(["created", ...history.slice(0, -1).map(({ to }) => to)]);
        expect(history.at(-1)?.to).toBe(record.payment.state);
        expect(new Set(events.map(({ sequence }) => sequence)).size).toBe(events.length);
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        for (const event of events) expect(event.payment.state).toBe(history[event.sequence - 1]?.to);
      }
    });
  });

  it("asks the gateway after every hint, and keeps a payment open for as long as its gateway says pending", async () => {
    await check(({ payments, pendingUntilSeconds, isAsked }) => {
      for (const [index, { record, history }] of payments.entries()) {
        if (history.some(({ fact }) => fact.kind === "check_status")) expect(isAsked[index]).toBe(true);
        const { createdAt, expiresAt } = record.payment;
        const isPending = history.some(({ fact, to }) => fact.kind === "pending" && to === "pending");
        if (isPending && pendingUntilSeconds !== undefined)
          expect(expiresAt).toBeGreaterThanOrEqual(createdAt + pendingUntilSeconds * 1000);
      }
    });
  });

  it("records each notification once, however often it comes", async () => {
    await check(({ payments }) => {
      for (const { record, history, interpreted } of payments) {
        const keys = history.map(({ fact }) => factKey(fact));
        for (const [key, notifications] of interpreted) {
          // A notification with a foreign reference may be kept as unmatched again, and adopted without effect.
          if (![null, record.payment.providerReference].includes(JSON.parse(key)[1])) continue;
          expect(keys.filter((known) => known === key).length).toBeLessThanOrEqual(notifications);
        }
      }
    });
  });
});

describe("PAY_TEST_RUNS", () => {
  it("sets the number of runs", () => {
    expect(testRuns("10000")).toBe(10_000);
    expect(testRuns("1", 300)).toBe(1);
  });

  it.each(["", "0", "-1", "1e4", "10 000", "many", "1.5"])("refuses %j, which would try nothing", (setting) => {
    expect(() => testRuns(setting)).toThrow("PAY_TEST_RUNS");
  });
});
