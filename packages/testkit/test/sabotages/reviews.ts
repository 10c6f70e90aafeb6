import { type Sabotage, seeing, writing } from "./sabotage.ts";

export const RESOLUTIONS: readonly Sabotage[] = [
  {
    does: "does not show the review that is to be resolved",
    noticedBy: "finds the review that is to be resolved, and none where there is none",
    to: seeing(() => ({ review: undefined })),
  },
  {
    does: "does not show the open reviews to the rule",
    noticedBy: "shows the open reviews of a payment to a rule that looks at them, and closes several at once",
    to: seeing(() => ({ openReviews: [] })),
  },
  {
    does: "closes only the first of several reviews",
    noticedBy: "shows the open reviews of a payment to a rule that looks at them, and closes several at once",
    to: writing(({ resolved }) => ({ resolved: resolved.slice(0, 1) })),
  },
  {
    does: "leaves a resolved review open",
    noticedBy: "closes a review with what was done, and lists it as open no more",
    to: writing(({ resolved, ...rest }) => ({
      ...rest,
      resolved: resolved.map((review) => ({ ...review, status: "open" })),
    })),
  },
  {
    does: "forgets earlier actions",
    noticedBy: "keeps what was done about a review that stays open, action after action",
    to: writing(({ resolved, ...rest }) => ({
      ...rest,
      resolved: resolved.map((review) => ({ ...review, actions: review.actions.slice(-1) })),
    })),
  },
  {
    does: "never opens a review again that was closed",
    noticedBy: "opens the same review again once the first was closed",
    to: (store) => {
      const closed = new Set<string>();
      return writing(({ resolved, reviews }) => {
        for (const { digest, status } of resolved) if (status !== "open") closed.add(digest);
        return { reviews: reviews.filter(({ digest }) => !closed.has(digest)) };
      })(store);
    },
  },
  {
    does: "lists every payment's reviews for each",
    noticedBy: "lists the reviews of a payment, and no other one's",
    to: (store) => ({ reviewsOfPayment: () => store.openReviews(1000) }),
  },
  {
    does: "overlooks unmatched notifications under a further name",
    noticedBy: "offers the unmatched notifications under a further name to a caller that adopts, of the account alone",
    to: (store) => ({ update: ({ subject: _, ...query }, decide) => store.update(query, decide) }),
  },
  {
    does: "redrives nothing",
    noticedBy: "takes a redriven dead letter from the first attempt, and no other delivery",
    to: writing(() => ({ redriven: [] })),
  },
  {
    does: "tells of no handlers that others left",
    noticedBy: "answers which other handlers have deliveries waiting",
    to: (store) => ({
      async registerHandlers(handlers) {
        await store.registerHandlers(handlers);
        return [];
      },
    }),
  },
];
