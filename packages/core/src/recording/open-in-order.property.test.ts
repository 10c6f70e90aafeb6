import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { newRecord } from "../../../../test/support/records.ts";
import { testRuns } from "../../../../test/support/runs.ts";
import type { Changes, OrderSnapshot } from "../contract/store.ts";
import type { PaymentId } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { PAYMENT_STATES, type PaymentRecord } from "../model/payment.ts";
import { REFUND_STATUSES, type Refund, type RefundStatus } from "../model/refund.ts";
import { openInOrder } from "./open-in-order.ts";

const AMOUNTS: readonly Money[] = [
  { value: 1999, currency: "PLN" },
  { value: 4999, currency: "PLN" },
  { value: 1999, currency: "EUR" },
];
const idOf = (n: number) => `pay_01h455vb4pex5vsknk084sn0${String(n).padStart(2, "0")}` as PaymentId;
const NEW = idOf(99);
const PRUNED = idOf(98);
const text = ({ value, currency }: Money) => `${value} ${currency}`;

interface Given {
  readonly order: OrderSnapshot;
  readonly opened: PaymentRecord;
  readonly previous: PaymentId | undefined;
  readonly isRefunded: boolean;
  readonly allowRepeat: boolean;
}

const refund = (status: RefundStatus): Refund => ({
  id: "rfd_01h455vb4pex5vsknk084sn02q" as Refund["id"],
  status,
  amount: { value: 1, currency: "PLN" },
  origin: "gateway",
  createdAt: 1,
  updatedAt: 1,
});

/** Mostly the first one, so that several payments have one amount. */
const amount = fc.constantFrom(AMOUNTS[0]!, AMOUNTS[0]!, AMOUNTS[0]!, ...AMOUNTS);
/** Mostly paid and kept, so that superseded payments bring the amount. */
const kept = { state: fc.constant("succeeded" as const), refunds: fc.constantFrom([], ["failed" as const]) };
const payment = fc.oneof(
  fc.record({ amount, ...kept, mark: fc.constantFrom(AMOUNTS[1]!), reversed: fc.constant(false) }),
  fc.record({
    amount,
    state: fc.constantFrom(...PAYMENT_STATES),
    mark: fc.option(amount),
    refunds: fc.array(fc.constantFrom(...REFUND_STATUSES), { maxLength: 2 }),
    reversed: fc.boolean(),
  }),
);

const given: fc.Arbitrary<Given> = fc
  .record({
    payments: fc.array(payment, { maxLength: 5 }),
    paidBy: fc.constantFrom(undefined, undefined, 0, 1, "pruned" as const),
    amount,
    previous: fc.constantFrom(undefined, 0, 1),
    isRefunded: fc.boolean(),
    allowRepeat: fc.boolean(),
  })
  .map(({ payments, paidBy, amount, previous, isRefunded, allowRepeat }) => ({
    order: {
      paidBy: paidBy === "pruned" ? PRUNED : paidBy === undefined ? undefined : idOf(paidBy),
      payments: payments.map(({ mark, refunds, reversed, ...rest }, n) => {
        const superseded =
          mark && text(mark) !== text(rest.amount) ? { superseded: { amount: mark, by: idOf(97) } } : {};
        const record = newRecord({ id: idOf(n), ...rest, ...superseded });
        return { ...record, reversed, ...(refunds.length > 0 && { refunds: refunds.map(refund) }) };
      }),
    },
    opened: newRecord({ id: NEW, amount, createdAt: 5000 }),
    previous: previous === undefined ? undefined : idOf(previous),
    isRefunded,
    allowRepeat,
  }));

const decide = ({ order, opened, previous, isRefunded, allowRepeat }: Given) =>
  openInOrder(opened, { previous, ...(allowRepeat && { mayRepeat: () => isRefunded }) }, order);

/** The superseded payments that brought the amount, by rules written independently of the code: not a grosz of it is on its way back. */
function bringingIt({ order, opened }: Given): readonly PaymentId[] {
  const found: PaymentId[] = [];
  for (const { payment, refunds = [], reversed } of order.payments) {
    if (payment.state !== "succeeded" || payment.superseded === undefined || reversed) continue;
    if (text(payment.amount) !== text(opened.payment.amount)) continue;
    const alive = refunds.filter(({ status }) => ["requested", "pending", "unknown", "succeeded"].includes(status));
    if (alive.length === 0) found.push(payment.id);
  }
  return found;
}

describe("a checkout of an order in any state", () => {
  const check = (claim: (given: Given) => void) =>
    fc.assert(fc.property(given, claim), { numRuns: testRuns(), seed: 20_260_115 });

  it("is refused where the order is paid, unless all was sent back and the shop allows it, and names what paid it", () => {
    check((given) => {
      const { order, isRefunded, allowRepeat } = given;
      if (order.paidBy === undefined) return;
      const decision = decide(given);
      if (!(isRefunded && allowRepeat)) expect(decision).toEqual({ kind: "order_paid", paymentId: order.paidBy });
      else if (decision.kind === "open") expect(decision.releasesOrder).toBe(true);
      else expect(decision.kind).toBe("superseded");
    });
  });

  it("is refused where superseded payments brought the amount, and names all of them", () => {
    check((given) => {
      if (given.order.paidBy !== undefined) return;
      const all = bringingIt(given);
      const decision = decide(given);
      if (all.length === 0) expect(decision.kind).not.toBe("order_paid");
      else expect(decision).toEqual({ kind: "order_paid", paymentId: all[0], supersededPayments: all });
    });
  });

  it("is refused after an attempt that was superseded meanwhile, and only then besides", () => {
    check((given) => {
      const before = given.order.payments.find(({ payment: { id } }) => id === given.previous);
      const decision = decide(given);
      if (decision.kind === "superseded") expect(before?.payment.superseded).toBeDefined();
      if (decision.kind === "open") expect(before?.payment.superseded).toBeUndefined();
    });
  });

  it("leaves each payment that may be paid with what the order costs now, in one line, and changes nothing else", () => {
    check((given) => {
      const decision = decide(given);
      if (decision.kind !== "open") return;
      const { amount } = given.opened.payment;
      const byId = new Map(decision.changes.map((changes) => [changes.record?.payment.id, changes]));
      expect(byId.size).toBe(decision.changes.length);
      for (const before of given.order.payments) {
        const changes: Changes | undefined = byId.get(before.payment.id);
        const after = changes?.record ?? before;
        if (before.payment.state === "succeeded") expect(changes).toBeUndefined();
        else if (text(amount) === text(before.payment.amount)) expect(after.payment.superseded).toBeUndefined();
        else expect(after.payment.superseded?.amount).toEqual(amount);
        if (changes === undefined) continue;
        const { superseded: _, updatedAt: __, ...rest } = before.payment;
        const { superseded, updatedAt, ...kept } = after.payment;
        expect(kept).toEqual(rest);
        expect([updatedAt, superseded?.by]).toEqual([5000, superseded && NEW]);
        expect({ ...after, payment: 0, version: 0 }).toEqual({ ...before, payment: 0, version: 0 });
        const { state } = before.payment;
        const fact = { kind: "order_repriced", amount, by: NEW };
        expect(changes.history).toEqual([{ sequence: 2, at: 5000, fact, from: state, to: state, reviews: [] }]);
        expect(after.version).toBe(2);
        expect([changes.events, changes.reviews, changes.inbox, changes.claimsOrder]).toEqual([[], [], [], false]);
      }
    });
  });
});
