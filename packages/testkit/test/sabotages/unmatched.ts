import type { PaymentId, Review } from "@pay/core/store";
import { querying, type Sabotage, seeing, writing } from "./sabotage.ts";

export const UNMATCHED: readonly Sabotage[] = [
  {
    does: "leaves adopted unmatched notifications where they are",
    noticedBy: "removes adopted unmatched notifications, and only those",
    to: writing(() => ({ adopted: [] })),
  },
  {
    does: "loses unmatched notifications",
    noticedBy: "loses no notification that comes while its provider reference is being stored",
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
    does: "offers unmatched notifications to every caller",
    noticedBy:
      "offers unmatched notifications to a caller that adopts: those under the payment's id or the provider reference, of the account, oldest first",
    to: querying((query) => ({ ...query, adopt: true })),
  },
  {
    does: "offers unmatched notifications newest first",
    noticedBy:
      "offers unmatched notifications to a caller that adopts: those under the payment's id or the provider reference, of the account, oldest first",
    to: seeing(({ unmatchedNotifications }) => ({ unmatchedNotifications: unmatchedNotifications.toReversed() })),
  },
  {
    does: "offers the unmatched notifications of the provider reference alone",
    noticedBy:
      "offers the unmatched notifications under a payment's id to a caller that finds it by its provider reference",
    to: seeing(({ unmatchedNotifications }, { providerReference }) => ({
      unmatchedNotifications: unmatchedNotifications.filter(({ subject }) => subject === providerReference),
    })),
  },
  {
    does: "shows no reviews of unmatched notifications",
    noticedBy: "shows a caller that adopts the open reviews of what it is offered, and no other",
    to: seeing(() => ({ unmatchedReviews: [] })),
  },
  {
    does: "shows the reviews of unmatched notifications newest first",
    noticedBy: "shows a caller that adopts the open reviews of what it is offered, and no other",
    to: seeing(({ unmatchedReviews }) => ({ unmatchedReviews: unmatchedReviews.toReversed() })),
  },
  {
    does: "counts no unmatched notifications",
    noticedBy: "counts the unmatched notifications of the account, only where there is no payment",
    to: seeing(() => ({ unmatchedCount: 0 })),
  },
  {
    does: "forgets that an unmatched notification was reviewed",
    noticedBy:
      "holds a reviewed unmatched notification for stale no more, but still for its duplicate and for a caller that adopts",
    to: writing(() => ({ reviewed: [] })),
  },
  {
    does: "removes reviewed unmatched notifications",
    noticedBy:
      "holds a reviewed unmatched notification for stale no more, but still for its duplicate and for a caller that adopts",
    to: writing(({ reviewed }) => ({ adopted: reviewed })),
  },
  {
    does: "takes an unmatched notification for the duplicate of one whose payment is there",
    noticedBy: "does not take an unmatched notification for the duplicate of one whose payment is there",
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
        openReviews: async (limit) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit),
      };
    },
  },
  {
    does: "begins every page of reviews with the oldest",
    noticedBy: "lists the open reviews after an id, whether or not its review is open or exists",
    to: (store) => ({ openReviews: (limit) => store.openReviews(limit) }),
  },
  {
    does: "begins a page of reviews with the last one of the page before",
    noticedBy: "lists the open reviews after an id, whether or not its review is open or exists",
    to: (store) => ({
      async openReviews(limit, after) {
        const before = after && (await store.review(after));
        const rest = await store.openReviews(limit, after);
        return before?.status === "open" ? [before, ...rest].slice(0, limit) : rest;
      },
    }),
  },
  {
    does: "finds a review about any payment",
    noticedBy: "finds the open review of a kind and digest about a payment or none, and no other",
    to: (store) => ({
      async openReview({ kind, digest }) {
        return (await store.openReviews(1000)).find((review) => review.kind === kind && review.digest === digest);
      },
    }),
  },
  {
    does: "finds a review that is closed",
    noticedBy: "finds the open review of a kind and digest about a payment or none, and no other",
    to: (store) => {
      const found = new Map<string, Review>();
      return {
        async openReview(subject) {
          const key = JSON.stringify([subject.kind, subject.digest, subject.paymentId]);
          const review = (await store.openReview(subject)) ?? found.get(key);
          if (review !== undefined) found.set(key, review);
          return review;
        },
      };
    },
  },
  {
    does: "takes reviews without payment for different ones",
    noticedBy: "opens one review per digest of unmatched notifications, which have no payment",
    to: writing(({ reviews }) => ({
      reviews: reviews.map((review) => ({ paymentId: review.id as string as PaymentId, ...review })),
    })),
  },
  {
    does: "lists reviews newest first",
    noticedBy: "lists open reviews oldest first, in any order of opening, and no more than the limit",
    to: (store) => ({ openReviews: async (limit) => (await store.openReviews(1000)).toReversed().slice(0, limit) }),
  },
];
