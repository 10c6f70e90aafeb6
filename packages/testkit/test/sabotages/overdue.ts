import { OPEN_STATES, type PaymentId, type PaymentRecord, type Review } from "@pay/core/store";
import { type Sabotage, writing } from "./sabotage.ts";

export const OVERDUE: readonly Sabotage[] = [
  {
    does: "takes closed payments for overdue",
    noticedBy: "finds the open payments whose deadline has come, and no closed ones",
    to: (store) => {
      const opened: PaymentId[] = [];
      return {
        insert(request) {
          opened.push(request.record.payment.id);
          return store.insert(request);
        },
        async overdue(now, _, limit) {
          const records = await Promise.all(opened.map((id) => store.payment(id)));
          return records
            .filter((record) => record !== undefined && record.payment.expiresAt <= now)
            .slice(0, limit) as PaymentRecord[];
        },
      };
    },
  },
  {
    does: "overlooks payments that were created long ago",
    noticedBy: "finds payments that were created long ago and never got further",
    to: (store) => ({ overdue: (now, _, limit) => store.overdue(now, 0, limit) }),
  },
  {
    does: "takes payments for overdue whose expiry a review holds",
    noticedBy: "leaves out a payment whose expiry an open review holds, until it is closed",
    to: writing(({ reviews }) => ({
      reviews: reviews.map((review) => ({ ...review, kind: "late_success" }) as Review),
    })),
  },
  {
    does: "lists overdue payments without limit",
    noticedBy: "lists overdue payments oldest first, in any order of saving, and no more than the limit",
    to: (store) => ({ overdue: (now, createdBefore) => store.overdue(now, createdBefore, 1000) }),
  },
  {
    does: "lists overdue payments up to one limit for all accounts",
    noticedBy: "lists as many overdue payments of each account, however many another one has",
    to: (store) => ({ overdue: async (...given) => (await store.overdue(...given)).slice(0, given[2]) }),
  },
  {
    does: "lists unmatched notifications that have not waited long",
    noticedBy: "finds unmatched notifications that wait too long, oldest first, and no more than asked for",
    to: (store) => ({ staleUnmatched: (_, limit) => store.staleUnmatched(Number.MAX_SAFE_INTEGER, limit) }),
  },
  {
    does: "proposes candidates without regard to the buyer",
    noticedBy: "proposes the same buyer's payments first, then the newest, and no more than asked for",
    to: (store) => ({ candidates: ({ buyerDigest: _, ...unmatched }, limit) => store.candidates(unmatched, limit) }),
  },
  {
    does: "proposes payments that were opened after the notification came",
    noticedBy:
      "proposes payments of the account that were opened before the notification came, those without a provider reference first",
    to: (store) => ({
      candidates: (unmatched, limit) => store.candidates({ ...unmatched, receivedAt: Number.MAX_SAFE_INTEGER }, limit),
    }),
  },
  {
    does: "proposes candidates without regard to the amount",
    noticedBy: "proposes payments of the notification's amount before others, with and without a provider reference",
    to: (store) => ({
      candidates: (unmatched, limit) => store.candidates({ ...unmatched, fact: { kind: "check_status" } }, limit),
    }),
  },
  {
    does: "proposes open payments alone",
    noticedBy: "proposes closed payments too: a late success may be theirs",
    to: (store) => ({
      async candidates(unmatched, limit) {
        const records = await Promise.all((await store.candidates(unmatched, limit)).map((id) => store.payment(id)));
        return records.flatMap((record) =>
          record && OPEN_STATES.includes(record.payment.state) ? [record.payment.id] : [],
        );
      },
    }),
  },
];
