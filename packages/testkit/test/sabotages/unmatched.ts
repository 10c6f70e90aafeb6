import type { PaymentId, Review } from "@pay/core/store";
import { type Sabotage, seeing, statusChecks, writing } from "./sabotage.ts";

export const ORPHANS: readonly Sabotage[] = [
  {
    does: "leaves adopted orphans where they are",
    noticedBy: "removes adopted orphans, and only those",
    to: writing(() => ({ adopted: [] })),
  },
  {
    does: "loses orphans",
    noticedBy: "loses no notification that comes while its ref is being stored",
    to: (store) => ({
      update: (query, decide) =>
        store.update(query, (found) => {
          const {
            changes: { unmatched: _, ...changes },
            result,
          } = decide(found);
          return { changes, result };
        }),
    }),
  },
  {
    does: "offers orphans to everybody",
    noticedBy:
      "offers orphans to whoever adopts: those under the payment's id or the ref, of the account, oldest first",
    to: statusChecks((query) => ({ ...query, adopt: true })),
  },
  {
    does: "offers orphans newest first",
    noticedBy:
      "offers orphans to whoever adopts: those under the payment's id or the ref, of the account, oldest first",
    to: seeing(({ unmatchedNotifications }) => ({ unmatchedNotifications: unmatchedNotifications.toReversed() })),
  },
  {
    does: "offers the orphans of the ref alone",
    noticedBy: "offers the orphans under a payment's id to whoever finds it by its ref",
    to: seeing(({ unmatchedNotifications }, { providerReference }) => ({
      unmatchedNotifications: unmatchedNotifications.filter(({ subject }) => subject === providerReference),
    })),
  },
  {
    does: "counts no orphans",
    noticedBy: "counts the orphans of the account, only where there is no payment",
    to: seeing(() => ({ unmatchedCount: 0 })),
  },
  {
    does: "forgets that an orphan was reviewed",
    noticedBy: "holds a reviewed orphan for stale no more, but still for its twin and for whoever adopts",
    to: writing(() => ({ reviewed: [] })),
  },
  {
    does: "removes reviewed orphans",
    noticedBy: "holds a reviewed orphan for stale no more, but still for its twin and for whoever adopts",
    to: writing(({ reviewed }) => ({ adopted: reviewed })),
  },
  {
    does: "takes an orphan for the twin of a notification whose payment is there",
    noticedBy: "does not take an orphan for the twin of a notification whose payment is there",
    to: (store) => {
      const kept = new Set<string | undefined>();
      const to = writing(({ unmatched }) => {
        kept.add(unmatched?.digest);
        return {};
      })(store);
      return seeing(({ duplicate }, { digest }) => ({ duplicate: duplicate || kept.has(digest) }))({ ...store, ...to });
    },
  },
];

export const REVIEWS: readonly Sabotage[] = [
  {
    does: "opens the same review again and again",
    noticedBy: "opens one review per payment, kind and digest: the first",
    to: (store) => {
      const all: Review[] = [];
      return {
        ...writing(({ reviews }) => {
          all.push(...reviews);
          return {};
        })(store),
        openReviews: async (limit) => all.toSorted((a, b) => a.openedAt - b.openedAt).slice(0, limit),
      };
    },
  },
  {
    does: "takes reviews without payment for different ones",
    noticedBy: "opens one review per digest of orphans, which have no payment",
    to: writing(({ reviews }) => ({
      reviews: reviews.map((review) => ({ paymentId: review.id as string as PaymentId, ...review })),
    })),
  },
  {
    does: "lists reviews newest first",
    noticedBy: "lists open reviews oldest first, in whatever order they were opened, and no more than asked for",
    to: (store) => ({ openReviews: async (limit) => (await store.openReviews(1000)).toReversed().slice(0, limit) }),
  },
];
