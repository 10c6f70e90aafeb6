import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { ReviewPage, ReviewQuery } from "../contract/pay.ts";
import type { PaymentStore } from "../contract/store.ts";
import { parseReviewId, type ReviewId } from "../model/ids.ts";

const LARGEST_PAGE = 200;
const DEFAULT_PAGE = 50;

const Query = v.strictObject({
  after: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parseReviewId(text) !== undefined),
    ),
  ),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_PAGE)), DEFAULT_PAGE),
});
const MUST_BE = { after: "the next of the previous page", limit: `a whole number from 1 to ${LARGEST_PAGE}` };

/** Lists the open reviews, page by page. Ids sort by time, so oldest first means by rising id. */
export async function listReviews(
  store: Pick<PaymentStore, "openReviews">,
  query: ReviewQuery = {},
): Promise<ReviewPage> {
  const { after, limit } = parseInput(Query, query, "INVALID_REQUEST", MUST_BE, "query");
  // One more than the page holds shows whether there is another.
  const found = await store.openReviews(limit + 1, after as ReviewId | undefined);
  const reviews = found.slice(0, limit);
  const last = reviews.at(-1);
  return { reviews, ...(found.length > limit && last !== undefined && { next: last.id }) };
}
