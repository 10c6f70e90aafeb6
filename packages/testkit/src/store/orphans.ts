import assert from "node:assert/strict";
import { same } from "../same.ts";
import type { Check } from "./check.ts";
import { ACCOUNT, fullRecord, MINUTE, NOON, newOrphan, newRecord, nobody, OTHER_ACCOUNT, ref } from "./fixtures.ts";
import { keep, look, open, write, writeAbout } from "./steps.ts";

const LATER = NOON + 60 * MINUTE;

export function orphans(check: Check): void {
  check("keeps a notification about nobody's payment with every field there is", async (store) => {
    const fact = {
      kind: "succeeded",
      ref: ref("T-1"),
      amount: { amount: 5, currency: "PLN" },
      raw: "1",
      details: { a: "b" },
    } as const;
    const orphan = newOrphan({ fact, buyerDigest: "buyer 1" });
    await keep(store, orphan);
    same(await store.staleOrphans(LATER, 10), [orphan]);
    same((await look(store, { account: ACCOUNT, ref: ref("T-1"), adopt: true })).orphans, [orphan]);
  });

  check("finds the twin of an orphan by account, subject and digest", async (store) => {
    const paymentId = nobody();
    await keep(store, newOrphan({ subject: "T-1", digest: "d1" }));
    await keep(store, newOrphan({ subject: paymentId, digest: "d2" }));
    const twin = async (query: {
      account?: string;
      paymentId?: typeof paymentId;
      ref?: ReturnType<typeof ref>;
      digest: string;
    }) => (await look(store, { account: ACCOUNT, ...query })).twin;
    same([await twin({ ref: ref("T-1"), digest: "d1" }), await twin({ paymentId, digest: "d2" })], [true, true]);
    assert.equal(await twin({ ref: ref("T-1"), digest: "d2" }), false);
    assert.equal(await twin({ ref: ref("T-2"), digest: "d1" }), false);
    assert.equal(await twin({ paymentId: nobody(), digest: "d2" }), false);
    assert.equal(await twin({ account: OTHER_ACCOUNT, ref: ref("T-1"), digest: "d1" }), false);
  });

  check("does not take an orphan for the twin of a notification whose payment is there", async (store) => {
    const record = fullRecord();
    const { id: paymentId } = record.payment;
    await keep(store, newOrphan({ subject: paymentId, digest: "d1" }));
    await open(store, record);
    assert.equal((await look(store, { account: ACCOUNT, paymentId, digest: "d1" })).twin, false);
  });

  check("counts the orphans of the account, only where there is no payment", async (store) => {
    const record = newRecord();
    await open(store, record);
    for (const subject of ["T-1", "T-2", "T-3"]) await keep(store, newOrphan({ subject }));
    await keep(store, newOrphan({ account: OTHER_ACCOUNT }));
    const count = async (account: string, paymentId = nobody()) =>
      (await look(store, { account, paymentId })).orphanCount;
    same([await count(ACCOUNT), await count(OTHER_ACCOUNT), await count("acme:SHOP3")], [3, 1, 0]);
    assert.equal(await count(ACCOUNT, record.payment.id), 0);
  });

  check(
    "offers orphans to whoever adopts: those under the payment's id or the ref, of the account, oldest first",
    async (store) => {
      const record = newRecord();
      const { id: paymentId } = record.payment;
      const orphan = (subject: string, minute: number, account = ACCOUNT) =>
        newOrphan({ subject, account, digest: `digest ${minute}`, receivedAt: NOON + minute * MINUTE });
      const [a, b, c, d] = [orphan("T-1", 1), orphan(paymentId, 2), orphan("T-1", 3), orphan(paymentId, 4)];
      const others = [orphan("T-2", 5), orphan("T-1", 6, OTHER_ACCOUNT), orphan(paymentId, 7, OTHER_ACCOUNT)];
      await keep(store, c, a, ...others, d, b);
      await open(store, record);
      const offered = async (query: object) => (await look(store, { account: ACCOUNT, paymentId, ...query })).orphans;
      same(await offered({ adopt: true, ref: ref("T-1") }), [a, b, c, d]);
      same(await offered({ adopt: true }), [b, d]);
      same(await offered({ adopt: true, ref: ref("T-3") }), [b, d]);
      same(await offered({ ref: ref("T-1") }), []);
      same(await offered({ adopt: false, ref: ref("T-1") }), []);
    },
  );

  check("offers the orphans under a payment's id to whoever finds it by its ref", async (store) => {
    const record = newRecord({ ref: ref("T-1") });
    await open(store, record);
    const orphan = newOrphan({ subject: record.payment.id });
    await keep(store, orphan);
    same((await look(store, { account: ACCOUNT, ref: ref("T-1"), adopt: true })).orphans, [orphan]);
  });

  check("offers orphans also where their payment is still missing", async (store) => {
    const paymentId = nobody();
    const [byId, byRef] = [newOrphan({ subject: paymentId }), newOrphan({ subject: "T-1", receivedAt: NOON + 1 })];
    await keep(store, byId, byRef, newOrphan({ subject: "T-2" }));
    const { orphans: offered } = await look(store, { account: ACCOUNT, paymentId, ref: ref("T-1"), adopt: true });
    same(offered, [byId, byRef]);
  });

  check("keeps one of orphans that come twice, the first", async (store) => {
    const first = newOrphan();
    await keep(store, first);
    await keep(store, newOrphan({ receivedAt: NOON + MINUTE }));
    same(await store.staleOrphans(LATER, 10), [first]);
    assert.equal((await look(store, { account: ACCOUNT })).orphanCount, 1);
  });

  check("keeps orphans apart that differ in account, subject or digest alone", async (store) => {
    const kept = [
      newOrphan(),
      newOrphan({ digest: "digest 2", receivedAt: NOON + 1 }),
      newOrphan({ subject: "T-2", receivedAt: NOON + 2 }),
      newOrphan({ account: OTHER_ACCOUNT, receivedAt: NOON + 3 }),
    ];
    await keep(store, ...kept);
    same(await store.staleOrphans(LATER, 10), kept);
  });

  check("removes adopted orphans, and only those", async (store) => {
    const record = newRecord();
    const adopted = [newOrphan(), newOrphan({ subject: record.payment.id, digest: "digest 2" })];
    const left = newOrphan({ digest: "digest 3" });
    await keep(store, ...adopted, left);
    await open(store, record);
    await write(store, record, { adopted });
    const found = await look(store, { account: ACCOUNT, paymentId: record.payment.id, ref: ref("T-1"), adopt: true });
    same(found.orphans, [left]);
    same(await store.staleOrphans(LATER, 10), [left]);
    assert.equal((await look(store, { account: ACCOUNT })).orphanCount, 1);
  });

  check("holds a reviewed orphan for stale no more, but still for its twin and for whoever adopts", async (store) => {
    const [reviewed, waiting] = [newOrphan(), newOrphan({ subject: "T-2" })];
    await keep(store, reviewed, waiting);
    await writeAbout(store, reviewed, { reviewed: [reviewed] });
    same(await store.staleOrphans(LATER, 10), [waiting]);
    const found = await look(store, { account: ACCOUNT, ref: ref("T-1"), digest: reviewed.digest, adopt: true });
    same([found.twin, found.orphans, found.orphanCount], [true, [reviewed], 2]);
    // Nor does it become stale again when the notification comes again.
    await keep(store, reviewed);
    same(await store.staleOrphans(LATER, 10), [waiting]);
  });

  check("does not bring back an orphan that was adopted before it was reviewed", async (store) => {
    const record = newRecord();
    const orphan = newOrphan();
    await open(store, record);
    await keep(store, orphan);
    await write(store, record, { adopted: [orphan] });
    await writeAbout(store, orphan, { reviewed: [orphan] });
    assert.equal((await look(store, { account: ACCOUNT })).orphanCount, 0);
  });
}
