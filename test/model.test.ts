import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { memoryStore, type PaymentId, type PaymentStore } from "@pay/core";
import { PAYMENT_EVENT_TYPES, type RecordingContext, recordFact } from "@pay/core/internal";
import { createIds, type Fact, type RefundFact, streamOf } from "@pay/core/store";
import fc from "fast-check";
import { quietLogger } from "./support/quiet-logger.ts";
import { insertRequestOf, newRecord } from "./support/records.ts";
import { testRuns } from "./support/runs.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { type Databases, startDatabases } from "./support/stores.ts";

// For the long mode, since every step of a run is a commit on a disk.
jest.setTimeout(1_200_000);

let databases: Databases;
/** Stores that must agree, by name. */
const stores = new Map<string, PaymentStore>();
const HANDLERS = PAYMENT_EVENT_TYPES.map((type) => ({ name: "books", type }));

beforeAll(async () => {
  databases = await startDatabases();
  stores.set("memory", memoryStore());
  stores.set("sqlite", (await databases.sqlite())());
  stores.set("postgres", (await databases.postgres())());
  for (const store of stores.values()) {
    await store.start();
    await store.registerHandlers(HANDLERS);
  }
});
afterAll(async () => {
  for (const store of stores.values()) await store.close();
  await databases.close();
});

const WORDS = ["succeeded", "failed", "pending", "reversed", "refunded", "deadline"] as const;
type Word = (typeof WORDS)[number];

/** An order's payments, as docs/life-of-a-payment.md describes them. */
interface Order {
  paid: boolean;
  /** What the order costs: the amount of its newest payment. */
  price: number;
  readonly failureIsFinal: boolean;
  readonly payments: ModelPayment[];
}

interface ModelPayment {
  readonly amount: number;
  state: string;
  reversed: boolean;
  /** Minor units that the gateway sent back. */
  refunded: number;
  lines: number;
  readonly received: Set<string>;
  readonly events: string[];
  readonly reviews: string[];
  /** Events that were not delivered yet. */
  undelivered: string[];
}

/** Each refund sends this much back, in minor units: two of them are more than the smaller price. */
const REFUND = 1000;

/** The model: applies a word to a payment. */
function receive(order: Order, payment: ModelPayment, word: Word): void {
  const { state } = payment;
  const open = state === "created" || state === "pending";
  const change = (to: string, event: string, ...reviews: string[]) => {
    Object.assign(payment, { state: to });
    for (const list of [payment.events, payment.undelivered]) list.push(event);
    payment.reviews.push(...reviews);
  };
  // A success of what the order does not cost any more leaves it unpaid.
  const isOld = payment.amount !== order.price;
  const late = !open && (order.failureIsFinal || state !== "failed") ? ["late_success"] : [];
  if (word === "pending" && open) payment.state = "pending";
  if (word === "failed" && open) change("failed", "payment.failed");
  if (word === "failed" && state === "succeeded" && order.failureIsFinal) payment.reviews.push("contradiction");
  if (word === "deadline" && open) change("expired", "payment.expired");
  if (word === "reversed" && !payment.reversed) change(state, "payment.reversed", "reversed");
  if (word === "refunded") change(state, "refund.succeeded");
  const isGone = payment.reversed || payment.refunded >= payment.amount;
  const succeeds = word === "succeeded" && state !== "succeeded";
  // Nobody must deliver for money that is gone.
  if (succeeds && isGone) {
    payment.state = word;
    payment.reviews.push("sent_back_paid");
  } else if (succeeds && order.paid) change(word, "payment.paid_again", "double_payment");
  else if (succeeds) change(word, "payment.succeeded", ...(isOld ? ["superseded_paid"] : late));
  order.paid ||= succeeds && !isGone && !isOld;
  payment.reversed ||= word === "reversed";
  if (word === "refunded") payment.refunded += REFUND;
  payment.lines++;
}

/** The next events to deliver. A success supersedes an undelivered failure or expiry. */
function tellNext(payment: ModelPayment): string | undefined {
  const success = payment.undelivered.indexOf("payment.succeeded");
  const superseded = (type: string, at: number) => at < success && /failed|expired/.test(type);
  payment.undelivered = payment.undelivered.filter((type, at) => !superseded(type, at));
  return payment.undelivered.shift();
}

/** The order in one store. Every store gets the same calls, and must return the same results. */
interface Real {
  readonly name: string;
  readonly context: RecordingContext;
  readonly orderId: string;
  readonly ids: readonly PaymentId[];
}

type Command = fc.AsyncCommand<Order, readonly Real[]>;
const ACCOUNT = "fake:1";

class Open implements Command {
  constructor(amount: number) {
    Object.assign(this, { amount });
  }
  declare readonly amount: number;
  check = ({ payments }: Order) => payments.length < 3;
  toString = () => `open for ${this.amount}`;
  async run(order: Order, stores: readonly Real[]) {
    // Nor does the buyer pay an amount again that a superseded payment brought.
    const isKept = order.payments.some(
      ({ amount, refunded, reversed, state }) =>
        state === "succeeded" && amount === this.amount && !reversed && refunded === 0,
    );
    const isPaid = order.paid || isKept;
    for (const { name, context, ids, orderId } of stores) {
      const amount = { value: this.amount, currency: "PLN" };
      const record = newRecord({ id: ids[order.payments.length]!, orderId, merchantAccount: ACCOUNT, amount });
      const { kind } = await context.store.insert(insertRequestOf(record));
      expect([name, kind]).toEqual([name, isPaid ? "order_paid" : "opened"]);
    }
    if (isPaid) return;
    // Each payment that may still be paid gets a line about a new price.
    if (this.amount !== order.price)
      for (const payment of order.payments) if (payment.state !== "succeeded") payment.lines++;
    order.price = this.amount;
    const fresh = {
      state: "created",
      reversed: false,
      refunded: 0,
      lines: 1,
      events: [],
      reviews: [],
      undelivered: [],
    };
    order.payments.push({ ...fresh, amount: this.amount, received: new Set() });
  }
}

class Hear implements Command {
  constructor(n: number, word: Word, id: number) {
    Object.assign(this, { n, word, id });
  }
  declare readonly n: number;
  declare readonly word: Word;
  declare readonly id: number;
  check = ({ payments }: Order) => this.n < payments.length;
  toString = () => `payment ${this.n}: ${this.word} ${this.id}`;
  async run(order: Order, stores: readonly Real[]) {
    const payment = order.payments[this.n]!;
    const raw = `${this.word} ${this.id}`;
    const digest = this.word === "deadline" ? {} : { digest: raw };
    const duplicate = this.word !== "deadline" && payment.received.has(raw);
    const before = payment.events.length;
    if (!duplicate) receive(order, payment, this.word);
    payment.received.add(raw);
    for (const { name, context, ids } of stores) {
      const fact = this.fact(raw);
      const isExpected = this.word !== "refunded" && { expected: {} };
      const query = { merchantAccount: ACCOUNT, paymentId: ids[this.n]!, ...isExpected, ...digest };
      const recorded = await recordFact(context, { query, fact, traits: order });
      const reported = "events" in recorded ? recorded.events.map(({ type }) => type) : recorded.kind;
      expect([name, reported]).toEqual([name, payment.events.slice(before)]);
    }
    await compare(order, stores);
  }
  fact(raw: string): Fact | RefundFact {
    if (this.word === "deadline") return { kind: this.word };
    if (this.word !== "refunded") return { kind: this.word, providerStatus: raw };
    return {
      kind: "refund_succeeded",
      refundProviderReference: raw,
      amount: { value: REFUND, currency: "PLN" },
    };
  }
}

class Tell implements Command {
  check = () => true;
  toString = () => "tell";
  async run({ payments }: Order, stores: readonly Real[]) {
    const next = payments.map(tellNext);
    for (const { name, context, ids } of stores) {
      // Undelivered events of orders from earlier runs are among them.
      const leased = await context.store.leaseDeliveries({ now: 1, until: 2, handlers: HANDLERS, limit: 1000 });
      const reported = payments.map((_, n) => leased.filter(({ event }) => streamOf(event) === ids[n]));
      expect([name, reported.map((list) => list.map(({ event }) => event.type))]).toEqual([
        name,
        next.map((type) => (type === undefined ? [] : [type])),
      ]);
      for (const delivery of leased) await context.store.finishDelivery(delivery, { kind: "delivered", at: 1 });
    }
  }
}

/** Compares every store's view of the order with the model. */
async function compare({ paid, payments, price }: Order, stores: readonly Real[]): Promise<void> {
  for (const { name, context, ids, orderId } of stores) {
    const { paidBy, payments: known } = await context.store.order(orderId);
    expect([name, paidBy !== undefined]).toEqual([name, paid]);
    expect([name, known.map(({ payment }) => payment.state)]).toEqual([name, payments.map(({ state }) => state)]);
    for (const [n, { amount, state }] of payments.entries()) {
      const told = state === "succeeded" ? undefined : known[n]!.payment.superseded?.amount.value;
      if (state !== "succeeded") expect([name, told]).toEqual([name, amount === price ? undefined : price]);
    }
    for (const [n, { state, lines, reviews }] of payments.entries()) {
      const history = await context.store.history(ids[n]!);
      expect([name, history.length, history.at(-1)?.to]).toEqual([name, lines, state]);
      const kinds = (await context.store.reviewsOfPayment(ids[n]!)).map(({ kind }) => kind);
      expect([name, kinds.sort()]).toEqual([name, [...reviews].sort()]);
    }
  }
}

let runs = 0;

function setUp(): readonly Real[] {
  const now = () => 1000;
  const ids = createIds(now, seededRandom(++runs));
  // Payments opened in one millisecond are listed by id.
  const paymentIds = [ids.payment(), ids.payment(), ids.payment()].sort();
  return [...stores].map(([name, store]) => {
    const context = {
      store,
      ids,
      now,
      logger: quietLogger(),
      wakeDelivery() {},
      wakeStatusChecks() {},
      orderPaid() {},
    };
    return { name, context, orderId: `order ${runs}`, ids: paymentIds };
  });
}

// Mostly for the first payment, so that one payment gets many facts.
const payment = fc.constantFrom(0, 0, 0, 1, 1, 2);
const word = fc.tuple(payment, fc.constantFrom(...WORDS), fc.nat(1)).map((given) => new Hear(...given));
const opening = fc.constantFrom(1999, 1999, 4999).map((amount) => new Open(amount));
const commands = fc.commands([opening, word, word, word, fc.constant(new Tell())], {
  maxCommands: 25,
  size: "max",
});

describe("an order's payments, in every store", () => {
  it("go the way of the model, whatever happens in whatever order", async () => {
    const property = fc.asyncProperty(commands, fc.boolean(), async (given, failureIsFinal) => {
      const real = setUp();
      const model: Order = { paid: false, price: 1999, failureIsFinal, payments: [] };
      await new Open(1999).run(model, real);
      await fc.asyncModelRun(() => ({ model, real }), given);
    });
    await fc.assert(property, { numRuns: testRuns(process.env.PAY_TEST_RUNS, 100), seed: 20_260_115 });
  });
});
