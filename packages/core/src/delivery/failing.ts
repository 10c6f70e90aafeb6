import * as v from "valibot";
import { parseInput } from "../adapter-kit/parse-input.ts";
import type { FailingQuery } from "../contract/pay.ts";
import type { FailingDelivery, PaymentStore } from "../contract/store.ts";

const MOST = 1000;
const DEFAULT = 100;

const Query = v.strictObject({
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST)), DEFAULT),
});
const MUST_BE = { limit: `a whole number from 1 to ${MOST}` };

/** Lists the deliveries whose last attempt failed. */
export async function failingDeliveries(
  store: PaymentStore,
  query: FailingQuery = {},
): Promise<readonly FailingDelivery[]> {
  return store.failingDeliveries(parseInput(Query, query, "INVALID_REQUEST", MUST_BE, "query").limit);
}
