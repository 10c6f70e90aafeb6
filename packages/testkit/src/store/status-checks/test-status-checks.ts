import assert from "node:assert/strict";
import type { LeasedStatusCheck, PaymentId, PaymentRecord, PaymentState, PaymentStore } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  changes,
  HOUR,
  MINUTE,
  NOON,
  newRecord,
  newRefund,
  nobody,
  OTHER_ACCOUNT,
  providerReference,
  SECOND,
  step,
} from "../fixtures/records.ts";
import { open, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const LATER = NOON + 24 * HOUR;

/** Tests the schedule of status checks, and the look-ups that they use. */
export function testStatusChecks(check: Check): void {
  testLease(check);
  testScheduledAgain(check);
  testFinish(check);
  testLookUps(check);
}

/** Schedules a status check of a payment. */
async function requestStatusCheck(
  store: PaymentStore,
  before: PaymentRecord,
  checkStatusAt: number,
): Promise<PaymentRecord> {
  const { record, history } = step(before, { kind: "check_status" });
  await write(store, before, { record, history, checkStatusAt });
  return record;
}

/** Opens a payment and schedules its status check. */
async function openAndCheckStatus(
  store: PaymentStore,
  checkStatusAt: number,
  merchantAccount = ACCOUNT,
): Promise<PaymentRecord> {
  const record = newRecord({ merchantAccount });
  await open(store, record);
  return requestStatusCheck(store, record, checkStatusAt);
}

/** Leases status checks for a minute, with a limit that no test reaches. */
const lease = (store: PaymentStore, now: number, limit = 1000) => store.leaseStatusChecks(now, now + MINUTE, limit);
const statusChecksOf = ({ payment, version }: PaymentRecord, attempt = 1, requestedFor = NOON): LeasedStatusCheck => ({
  paymentId: payment.id,
  merchantAccount: payment.merchantAccount,
  version,
  requestedFor,
  attempt,
});

function testLease(check: Check): void {
  check(
    "leases status checks when they are due and not before, oldest first, and no more than the limit",
    async (store) => {
      const plain = newRecord();
      await open(store, plain);
      same(await lease(store, LATER), []);
      const [b, a, c] = [
        await openAndCheckStatus(store, NOON + 2 * SECOND),
        await openAndCheckStatus(store, NOON + SECOND),
        await openAndCheckStatus(store, NOON + 3 * SECOND),
      ];
      same(await lease(store, NOON + SECOND - 1), []);
      same(await lease(store, NOON + 3 * SECOND, 2), [
        statusChecksOf(a, 1, NOON + SECOND),
        statusChecksOf(b, 1, NOON + 2 * SECOND),
      ]);
      same(await lease(store, NOON + 3 * SECOND), [statusChecksOf(c, 1, NOON + 3 * SECOND)]);
    },
  );

  check("leases no status check of the accounts that are left out, and others up to the limit", async (store) => {
    const [first, second, third] = [
      await openAndCheckStatus(store, NOON),
      await openAndCheckStatus(store, NOON + 1, OTHER_ACCOUNT),
      await openAndCheckStatus(store, NOON + 2),
    ];
    same(await store.leaseStatusChecks(LATER, LATER + MINUTE, 10, [ACCOUNT, OTHER_ACCOUNT]), []);
    same(await store.leaseStatusChecks(LATER, LATER + MINUTE, 1, [ACCOUNT]), [statusChecksOf(second, 1, NOON + 1)]);
    same(await store.leaseStatusChecks(LATER, LATER + MINUTE, 10, [OTHER_ACCOUNT]), [
      statusChecksOf(first),
      statusChecksOf(third, 1, NOON + 2),
    ]);
  });

  check(
    "leases a status check to one process while the lease lasts, and again with the next attempt when it ended",
    async (store) => {
      const record = await openAndCheckStatus(store, NOON);
      same(await store.leaseStatusChecks(NOON, NOON + MINUTE, 10), [statusChecksOf(record)]);
      same(await lease(store, NOON + MINUTE - 1), []);
      same(await store.leaseStatusChecks(NOON + MINUTE, NOON + 2 * MINUTE, 10), [statusChecksOf(record, 2)]);
      same(await lease(store, NOON + 2 * MINUTE - 1), []);
      same(await lease(store, NOON + 2 * MINUTE), [statusChecksOf(record, 3)]);
    },
  );

  check(
    "leases each status check to one of the processes that come at the same time, and leaves none behind",
    async (store) => {
      const records = await Promise.all(Array.from({ length: 10 }, () => openAndCheckStatus(store, NOON)));
      const leased = (await Promise.all([1, 2, 3, 4].map(() => lease(store, NOON, 4)))).flat();
      const ids = leased.map(({ paymentId }) => paymentId);
      same(ids.sort(), records.map(({ payment }) => payment.id).sort());
    },
  );

  check("schedules no status check that was not committed", async (store) => {
    const record = newRecord();
    await open(store, record);
    const { merchantAccount, id: paymentId } = record.payment;
    const refusal = new Error("refused");
    const { record: next, history } = step(record, { kind: "check_status" });
    const recording = store.update({ merchantAccount, paymentId }, () => {
      changes({ record: next, history, checkStatusAt: NOON });
      throw refusal;
    });
    await assert.rejects(recording, (error) => error === refusal);
    same(await lease(store, LATER), []);
  });
}

/** Tests a status check that is scheduled again while it waits, or while a process runs it. */
function testScheduledAgain(check: Check): void {
  check(
    "keeps the earlier time of a status check that is scheduled again while it waits, under the newest version and its time",
    async (store) => {
      const [sooner, later] = [
        await openAndCheckStatus(store, NOON + MINUTE),
        await openAndCheckStatus(store, NOON + MINUTE),
      ];
      const [first, second] = [
        await requestStatusCheck(store, sooner, NOON),
        await requestStatusCheck(store, later, NOON + HOUR),
      ];
      same(await lease(store, NOON), [statusChecksOf(first)]);
      same(await lease(store, NOON + MINUTE - 1), []);
      // The lease of the other one has ended as well by then.
      const due = await lease(store, NOON + MINUTE);
      same(due.toSorted(byId), [statusChecksOf(first, 2), statusChecksOf(second, 1, NOON + HOUR)].toSorted(byId));
    },
  );

  check(
    "leases a status check that is scheduled again while a process does it, from the first attempt",
    async (store) => {
      const record = await openAndCheckStatus(store, NOON);
      await lease(store, NOON);
      same(await lease(store, NOON + MINUTE), [statusChecksOf(record, 2)]);
      const next = await requestStatusCheck(store, record, NOON + MINUTE + SECOND);
      same(await lease(store, NOON + MINUTE + SECOND - 1), []);
      same(await lease(store, NOON + MINUTE + SECOND), [statusChecksOf(next, 1, NOON + MINUTE + SECOND)]);
    },
  );

  check("schedules a status check of a payment that stays as it is, also while a process does one", async (store) => {
    const record = newRecord();
    await open(store, record);
    const checkAgainAt = (checkStatusAt: number) => write(store, record, { record, checkStatusAt });
    await checkAgainAt(NOON + HOUR);
    await checkAgainAt(NOON);
    const [first] = await lease(store, NOON);
    same(first, statusChecksOf(record));
    await checkAgainAt(NOON + SECOND);
    await store.finishStatusCheck(first!, LATER);
    same(await lease(store, NOON + SECOND), [statusChecksOf(record, 1, NOON + SECOND)]);
    same(await store.payment(record.payment.id), record);
    same((await store.history(record.payment.id)).length, 1);
  });

  check("keeps status checks apart, payment by payment", async (store) => {
    const [one, two] = [await openAndCheckStatus(store, NOON), await openAndCheckStatus(store, NOON + HOUR)];
    const next = await requestStatusCheck(store, one, NOON);
    same(await lease(store, NOON), [statusChecksOf(next)]);
    await store.finishStatusCheck(statusChecksOf(next));
    same(await lease(store, LATER), [statusChecksOf(two, 1, NOON + HOUR)]);
  });
}

function testFinish(check: Check): void {
  check("forgets a finished status check, until it is scheduled again", async (store) => {
    const record = await openAndCheckStatus(store, NOON);
    const [leased] = await lease(store, NOON);
    await store.finishStatusCheck(leased!);
    same(await lease(store, LATER), []);
    const next = await requestStatusCheck(store, record, NOON);
    same(await lease(store, NOON), [statusChecksOf(next)]);
  });

  check("repeats a status check without an answer, at its time and with the next attempt", async (store) => {
    const record = await openAndCheckStatus(store, NOON);
    const [leased] = await lease(store, NOON);
    await store.finishStatusCheck(leased!, NOON + 2 * HOUR);
    same(await lease(store, NOON + 2 * HOUR - 1), []);
    const [second] = await lease(store, NOON + 2 * HOUR);
    same(second, statusChecksOf(record, 2));
    // The time may also lie before the end of the lease.
    await store.finishStatusCheck(second!, NOON + 2 * HOUR + SECOND);
    same(await lease(store, NOON + 2 * HOUR + SECOND), [statusChecksOf(record, 3)]);
  });

  check("counts as many attempts of a status check as it is told", async (store) => {
    const record = await openAndCheckStatus(store, NOON);
    await lease(store, NOON);
    const [second] = await lease(store, NOON + MINUTE);
    await store.finishStatusCheck(second!, NOON + HOUR, 0);
    same(await lease(store, NOON + HOUR), [statusChecksOf(record, 1)]);
    await store.finishStatusCheck(statusChecksOf(record, 1), NOON + 2 * HOUR, 7);
    same(await lease(store, NOON + 2 * HOUR), [statusChecksOf(record, 8)]);
    // One that another process ended, or that is to be forgotten, counts nothing.
    await store.finishStatusCheck(statusChecksOf(record, 7), NOON, 0);
    same(await lease(store, NOON + 2 * HOUR), []);
    await store.finishStatusCheck(statusChecksOf(record, 8), undefined, 0);
    same(await lease(store, LATER), []);
  });

  check("ignores the end of a status check that was scheduled again meanwhile", async (store) => {
    for (const dueAt of [undefined, LATER + HOUR]) {
      const record = await openAndCheckStatus(store, NOON);
      const [leased] = await lease(store, NOON);
      const next = await requestStatusCheck(store, record, NOON);
      await store.finishStatusCheck(leased!, dueAt);
      const [second] = await lease(store, NOON);
      same(second, statusChecksOf(next));
      await store.finishStatusCheck(leased!, dueAt);
      same(await lease(store, NOON + MINUTE), [statusChecksOf(next, 2)]);
      await store.finishStatusCheck(statusChecksOf(next, 2));
    }
  });

  check("ignores the end of a status check that another process took over", async (store) => {
    for (const dueAt of [undefined, LATER + HOUR]) {
      const record = await openAndCheckStatus(store, NOON);
      const [late] = await lease(store, NOON);
      await lease(store, NOON + MINUTE);
      await store.finishStatusCheck(late!, dueAt);
      same(await lease(store, NOON + 2 * MINUTE), [statusChecksOf(record, 3)]);
      await store.finishStatusCheck(statusChecksOf(record, 3));
    }
  });

  check("ends a status check of an unknown payment without an error", async (store) => {
    await store.finishStatusCheck({ paymentId: nobody(), version: 1, requestedFor: NOON, attempt: 1 });
    await store.finishStatusCheck({ paymentId: nobody(), version: 1, requestedFor: NOON, attempt: 1 }, NOON);
    same(await lease(store, LATER), []);
  });
}

function testLookUps(check: Check): void {
  check("gives the payment of a provider reference, of the account alone", async (store) => {
    const record = newRecord({ providerReference: providerReference("T-1") });
    const other = newRecord({ providerReference: providerReference("T-1"), merchantAccount: OTHER_ACCOUNT });
    const learning = newRecord();
    await open(store, newRecord(), record, other, learning);
    same(await store.paymentByProviderReference(ACCOUNT, providerReference("T-1")), record);
    same(await store.paymentByProviderReference(OTHER_ACCOUNT, providerReference("T-1")), other);
    assert.equal(await store.paymentByProviderReference(ACCOUNT, providerReference("T-2")), undefined);
    assert.equal(await store.paymentByProviderReference("acme:SHOP3", providerReference("T-1")), undefined);
    const learned = step(learning, { kind: "pending" }, { providerReference: providerReference("T-2") });
    await write(store, learning, learned);
    same(await store.paymentByProviderReference(ACCOUNT, providerReference("T-2")), learned.record);
  });

  check(
    "counts payments that wait by account, provider and key, sorted by these, and no closed ones",
    async (store) => {
      same(await store.openPaymentsByAccount(), []);
      const states = ["created", "pending", "unknown", "succeeded", "failed", "expired", "canceled"] as const;
      for (const state of states) await openIn(store, state, "zoo", "k1");
      await openIn(store, "succeeded", "closed", "k1");
      await openIn(store, "pending", "cards", "k2");
      await openIn(store, "pending", "Cards", "K1");
      await openIn(store, "pending", "cards", "K1");
      await openIn(store, "created", "cards", "k1", OTHER_ACCOUNT);
      for (const status of ["requested", "pending", "succeeded", "failed", "unknown"] as const) {
        const record = newRecord({ providerName: "zoo" }, { keyId: "k3" });
        await open(store, record);
        const paid = step(record, { kind: "succeeded" }, { state: "succeeded" });
        const refunds = [newRefund({ status: "failed" }), newRefund({ status }), newRefund({ status })];
        await write(store, record, { ...paid, record: { ...paid.record, refunds } });
      }
      const row = (merchantAccount: string, providerName: string, keyId: string, payments: number, refunds = 0) => {
        return { adapter: "acme", merchantAccount, providerName, keyId, payments, refunds };
      };
      same(await store.openPaymentsByAccount(), [
        row(ACCOUNT, "Cards", "K1", 1),
        row(ACCOUNT, "cards", "K1", 1),
        row(ACCOUNT, "cards", "k2", 1),
        row(ACCOUNT, "zoo", "k1", 3),
        row(ACCOUNT, "zoo", "k3", 0, 3),
        row(OTHER_ACCOUNT, "cards", "k1", 1),
      ]);
    },
  );
}

async function openIn(
  store: PaymentStore,
  state: PaymentState,
  providerName: string,
  keyId: string,
  merchantAccount = ACCOUNT,
): Promise<PaymentId> {
  const record = newRecord({ providerName, merchantAccount }, { keyId });
  await open(store, record);
  if (state !== "created") await write(store, record, step(record, { kind: "unrecognized" }, { state }));
  return record.payment.id;
}

function byId(a: LeasedStatusCheck, b: LeasedStatusCheck): number {
  return a.paymentId < b.paymentId ? -1 : 1;
}
