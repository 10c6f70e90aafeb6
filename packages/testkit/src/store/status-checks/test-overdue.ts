import { EXPIRY_HOLDING_REVIEWS, type PaymentRecord, type PaymentState, type PaymentStore } from "@pay/core/store";
import { same } from "../../same.ts";
import {
  ACCOUNT,
  fullRecord,
  HOUR,
  MINUTE,
  NOON,
  newRecord,
  newReview,
  newUnmatched,
  OTHER_ACCOUNT,
  providerReference,
  step,
} from "../fixtures/records.ts";
import { keep, look, open, write } from "../fixtures/steps.ts";
import type { Check } from "../suite.ts";

const LATER = NOON + 24 * HOUR;

/** Tests what the sweep looks for. */
export function testOverdue(check: Check): void {
  overdue(check);
  staleUnmatched(check);
  candidates(check);
}

const ids = (records: readonly PaymentRecord[]) => records.map(({ payment }) => payment.id);

/** Opens a payment and moves it to a state. */
async function openIn(store: PaymentStore, state: PaymentState, opened: PaymentRecord): Promise<PaymentRecord> {
  await open(store, opened);
  if (state === "created") return opened;
  const { record, history } = step(opened, { kind: "unrecognized" }, { state });
  await write(store, opened, { record, history });
  return record;
}

function overdue(check: Check): void {
  check("finds the open payments whose deadline has come, and no closed ones", async (store) => {
    const expiresAt = NOON + HOUR;
    const found: PaymentRecord[] = [];
    const states = ["created", "pending", "unknown", "succeeded", "failed", "expired", "canceled"] as const;
    for (const [n, state] of states.entries()) {
      const record = await openIn(store, state, newRecord({ createdAt: NOON + n, expiresAt }));
      if (n < 3) found.push(record);
    }
    same(await store.overdue(expiresAt - 1, 0, 10), []);
    same(ids(await store.overdue(expiresAt, 0, 10)), ids(found));
    same(await store.overdue(LATER, 0, 10), found);
  });

  check("finds payments that were created long ago and never got further", async (store) => {
    const abandoned = newRecord({ createdAt: NOON });
    await open(store, abandoned, newRecord({ createdAt: NOON + 2 * MINUTE }));
    for (const state of ["pending", "unknown", "failed"] as const)
      await openIn(store, state, newRecord({ createdAt: NOON }));
    same(await store.overdue(NOON + MINUTE, NOON + MINUTE, 10), [abandoned]);
    same(await store.overdue(NOON + MINUTE, NOON - MINUTE, 10), []);
  });

  check("names a payment once that is overdue for both reasons", async (store) => {
    const record = newRecord();
    await open(store, record);
    same(await store.overdue(LATER, LATER, 10), [record]);
  });

  check("leaves out a payment whose expiry an open review holds, until it is closed", async (store) => {
    const opened: PaymentRecord[] = [];
    for (const kind of [...EXPIRY_HOLDING_REVIEWS, "status_unknown", "contradiction"] as const) {
      const record = newRecord({ createdAt: NOON + opened.length });
      opened.push(record);
      await open(store, record);
      await write(store, record, { reviews: [newReview({ kind, paymentId: record.payment.id })] });
    }
    const held = EXPIRY_HOLDING_REVIEWS.length;
    same(ids(await store.overdue(LATER, 0, 10)), ids(opened.slice(held)));
    // The create of a dead process is found all the same.
    same(ids(await store.overdue(LATER, opened[0]!.payment.createdAt, 10)), ids([opened[0]!, ...opened.slice(held)]));
    const [first] = await store.reviewsOfPayment(opened[0]!.payment.id);
    const actions = [{ at: NOON, action: "dismiss" }] as const;
    await write(store, opened[0]!, { resolved: [{ ...first!, status: "dismissed", actions }] });
    same(ids(await store.overdue(LATER, 0, 10)), ids([opened[0]!, ...opened.slice(held)]));
  });

  check("goes by the deadline that came with the gateway's answer", async (store) => {
    const opened = newRecord({ expiresAt: NOON + HOUR });
    await open(store, opened);
    const accepted = { kind: "create_accepted", next: { kind: "wait" } } as const;
    const { record, history } = step(opened, accepted, { state: "pending", expiresAt: NOON + 2 * HOUR });
    await write(store, opened, { record, history });
    same(await store.overdue(NOON + HOUR, 0, 10), []);
    same(await store.overdue(NOON + 2 * HOUR, 0, 10), [record]);
  });

  check("lists overdue payments oldest first, in any order of saving, and no more than the limit", async (store) => {
    const [a, b, c, d] = [1, 2, 3, 4].map((n) => newRecord({ createdAt: NOON + n * MINUTE }));
    await open(store, c!, a!, d!, b!);
    same(await store.overdue(LATER, 0, 10), [a, b, c, d]);
    same(await store.overdue(LATER, 0, 2), [a, b]);
    same(await store.overdue(LATER, LATER, 3), [a, b, c]);
  });

  check("lists as many overdue payments of each account, however many another one has", async (store) => {
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((n) =>
      newRecord({ createdAt: NOON + n * MINUTE, merchantAccount: n < 4 ? ACCOUNT : OTHER_ACCOUNT }),
    );
    await open(store, e!, c!, a!, d!, b!);
    same(await store.overdue(LATER, 0, 1), [a, d]);
    same(await store.overdue(LATER, LATER, 2), [a, b, d, e]);
  });
}

function staleUnmatched(check: Check): void {
  check("finds unmatched notifications that wait too long, oldest first, and no more than asked for", async (store) => {
    const [a, b, c, d] = [1, 2, 3, 4].map((n) =>
      newUnmatched({
        subject: `T-${n}`,
        merchantAccount: n % 2 ? ACCOUNT : OTHER_ACCOUNT,
        receivedAt: NOON + n * MINUTE,
      }),
    );
    await keep(store, c!, a!, d!, b!);
    same(await store.staleUnmatched(LATER, 10), [a, b, c, d]);
    same(await store.staleUnmatched(LATER, 2), [a, b]);
    same(await store.staleUnmatched(d!.receivedAt - 1, 10), [a, b, c]);
    same(await store.staleUnmatched(NOON, 10), []);
  });
}

function candidates(check: Check): void {
  const unmatched = newUnmatched({ receivedAt: NOON + HOUR, buyerDigest: "buyer 1" });

  check(
    "proposes payments of the account that were opened before the notification came, those without a provider reference first",
    async (store) => {
      const fits = newRecord();
      const named = newRecord({ createdAt: NOON + 1, providerReference: providerReference("T-2") });
      await open(store, fits, newRecord({ merchantAccount: OTHER_ACCOUNT }), named);
      await open(store, newRecord({ createdAt: unmatched.receivedAt + 1 }));
      same(await store.candidates(unmatched, 10), ids([fits, named]));
      same(await store.candidates({ ...unmatched, merchantAccount: "acme:SHOP3" }, 10), []);
    },
  );

  check(
    "proposes payments of the notification's amount before others, with and without a provider reference",
    async (store) => {
      const at = (minute: number, value: number, reference?: string, buyerDigest?: string) =>
        newRecord(
          {
            createdAt: NOON + minute * MINUTE,
            amount: { value, currency: value === 0 ? "EUR" : "PLN" },
            ...(reference !== undefined && { providerReference: providerReference(reference) }),
          },
          buyerDigest === undefined ? {} : { buyerDigest },
        );
      const same1 = at(1, 1999, "T-11");
      const same2 = at(2, 1999, "T-12");
      const alone = at(0, 1999);
      const [other, otherAlone, buyers] = [at(4, 2999, "T-14"), at(3, 2999), at(-1, 500, "T-10", "buyer 1")];
      await open(store, other, same1, buyers, alone, otherAlone, same2, at(5, 0, "T-15"));
      const amount = { value: 1999, currency: "PLN" };
      const named = { ...unmatched, fact: { kind: "succeeded", amount } } as const;
      const proposed = ids([buyers, alone, same2, same1, otherAlone]);
      same((await store.candidates(named, 10)).slice(0, 5), proposed);
      same(await store.candidates(named, 3), proposed.slice(0, 3));
    },
  );

  check("proposes closed payments too: a late success may be theirs", async (store) => {
    const closed = await openIn(store, "expired", newRecord());
    same(await store.candidates(unmatched, 10), ids([closed]));
  });

  check("proposes the same buyer's payments first, then the newest, and no more than asked for", async (store) => {
    const at = (minute: number, buyerDigest?: string) =>
      newRecord({ createdAt: NOON + minute * MINUTE }, buyerDigest === undefined ? {} : { buyerDigest });
    const [theirs1, someone, other, theirs4, nobody] = [
      at(1, "buyer 1"),
      at(2),
      at(3, "buyer 2"),
      at(4, "buyer 1"),
      at(5),
    ];
    await open(store, other!, theirs4!, someone!, nobody!, theirs1!);
    const proposed = ids([theirs4!, theirs1!, nobody!, other!, someone!]);
    same(await store.candidates(unmatched, 10), proposed);
    same(await store.candidates(unmatched, 3), proposed.slice(0, 3));
    // A notification without a buyer's digest matches no buyer, also not a payment without one.
    const { buyerDigest: _, ...unsigned } = unmatched;
    same(await store.candidates(unsigned, 10), ids([nobody!, theirs4!, other!, someone!, theirs1!]));
  });

  check("changes nothing by looking", async (store) => {
    const record = fullRecord();
    await keep(store, unmatched);
    await open(store, record);
    await store.overdue(LATER, LATER, 10);
    await store.candidates(unmatched, 10);
    await store.staleUnmatched(LATER, 10);
    same(await store.payment(record.payment.id), record);
    same((await look(store, { merchantAccount: ACCOUNT })).unmatchedCount, 1);
  });
}
