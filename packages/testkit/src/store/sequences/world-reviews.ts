import { changes, idsAt, newReview, step } from "../fixtures/records.ts";
import { sorted } from "../fixtures/steps.ts";
import type { Operation, Operations } from "./operation.ts";
import type { Surroundings } from "./surroundings.ts";
import { providerReferencesOf } from "./world-names.ts";

/**
 * The operations on reviews and dead letters.
 *
 * @param otherwise takes the place of a review while there is no notification to review
 */
export function reviewOperations(
  surroundings: Surroundings,
  otherwise: () => Operation,
): Operations<"openReview" | "resolve" | "redrive"> {
  const { now, payments, pick, unmatchedNotifications } = surroundings;
  const providerReferences = providerReferencesOf(surroundings);

  function openReview(): Operation {
    if (unmatchedNotifications.length === 0) return otherwise();
    const unmatched = pick(unmatchedNotifications);
    const review = newReview({
      id: idsAt(now()).review(),
      kind: "unmatched",
      digest: unmatched.subject,
      openedAt: now(),
    });
    const part = { reviews: [review], reviewed: [unmatched] };
    const query = { merchantAccount: unmatched.merchantAccount, providerReference: pick(providerReferences) };
    return { name: "review", run: (store) => store.update(query, (result) => ({ changes: changes(part), result })) };
  }

  function resolve(): Operation {
    const { merchantAccount, id: paymentId } = pick(payments).payment;
    const query = { merchantAccount, paymentId };
    const at = now();
    return {
      name: "resolve",
      async run(store) {
        const [review] = await store.reviewsOfPayment(paymentId);
        if (review === undefined) return undefined;
        return store.update({ ...query, review: review.id, openReviews: true }, (found) => {
          if (found.review?.status !== "open") return { changes: changes(), result: found };
          const actions = [...found.review.actions, { at, action: "accept" as const }];
          return { changes: changes({ resolved: [{ ...found.review, status: "accepted", actions }] }), result: found };
        });
      },
    };
  }

  function redrive(): Operation {
    const { merchantAccount, id: paymentId } = pick(payments).payment;
    const at = now();
    return {
      name: "redrive",
      async run(store) {
        const redriven = await store.deliveries(paymentId);
        await store.update({ merchantAccount, paymentId }, ({ record }) => {
          if (record === undefined) return { changes: changes(), result: undefined };
          return {
            changes: changes({ ...step(record, { kind: "pending" }, { updatedAt: at }), redriven }),
            result: undefined,
          };
        });
        return sorted(await store.deliveries(paymentId));
      },
    };
  }

  return { openReview, resolve, redrive };
}
