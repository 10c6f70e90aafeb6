import { CANDIDATE_WINDOW, firstPaymentIdOf, type PaymentId, type PaymentStore, type ReviewId } from "@pay/core/store";
import type { Database } from "./database.ts";
import { historyEntry, paymentRecord, review, unmatched } from "./rows.ts";
import { HOLDING_EXPIRY, OPEN, REFUND_UNDER_WAY } from "./sql-lists.ts";
import { orderSnapshot } from "./update.ts";

/** One statement: as of one moment. */
const ORDER = `
  SELECT s.payment_id AS paid_by, p.* FROM (SELECT $1::text AS id) wanted
  LEFT JOIN pay.order_success s ON s.order_id = wanted.id LEFT JOIN pay.payment p ON p.order_id = wanted.id ORDER BY p.id`;

/** Two index lookups: a start must not read every payment. Exported for the test of its plan. */
export const OPEN_PAYMENTS_BY_ACCOUNT: string = `
  WITH
    open AS (SELECT id FROM pay.payment WHERE state IN ${OPEN}),
    refunding AS (
      SELECT id FROM pay.payment WHERE refunds IS NOT NULL
        AND EXISTS (SELECT FROM jsonb_array_elements(refunds) AS r WHERE r->>'status' IN ${REFUND_UNDER_WAY})
    )
  SELECT min(adapter) AS adapter, merchant_account, provider_name, key_id,
    count(*) FILTER (WHERE id IN (SELECT id FROM open)) AS payments,
    count(*) FILTER (WHERE id IN (SELECT id FROM refunding)) AS refunds
  FROM pay.payment WHERE id IN (SELECT id FROM open UNION SELECT id FROM refunding)
  GROUP BY merchant_account, provider_name, key_id
  ORDER BY merchant_account, provider_name COLLATE "C", key_id COLLATE "C"`;

const OVERDUE = `
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY merchant_account ORDER BY id) AS place FROM pay.payment WHERE id IN (
    SELECT id FROM pay.payment p WHERE state IN ${OPEN} AND expires_at <= $1
      AND NOT EXISTS (SELECT FROM pay.review WHERE payment_id = p.id AND status = 'open' AND kind IN ${HOLDING_EXPIRY})
    UNION ALL SELECT id FROM pay.payment WHERE state = 'created' AND created_at <= $2
  )) AS found WHERE place <= $3 ORDER BY id`;

const STALE_UNMATCHED = `
  SELECT * FROM pay.unmatched WHERE NOT reviewed AND received_at <= $1 ORDER BY received_at, digest LIMIT $2`;

const NEWEST = "AND provider_reference IS NULL AND created_at <= $2 ORDER BY created_at DESC, id DESC LIMIT $3";
/** The newest of each index, and of all payments a window: what they are ranked by is in no index. */
const CANDIDATES = `
  SELECT id FROM pay.payment
  WHERE merchant_account = $1 AND created_at <= $2 AND id = ANY (ARRAY(
    (SELECT id FROM pay.payment WHERE merchant_account = $1 AND buyer_digest = $4 ${NEWEST})
    UNION ALL (SELECT id FROM pay.payment WHERE merchant_account = $1 ${NEWEST})
    UNION ALL (SELECT id FROM pay.payment WHERE id < $7 ORDER BY id DESC LIMIT $8)
  ))
  ORDER BY coalesce(buyer_digest = $4, false) DESC, coalesce(amount = $5::bigint AND currency = $6::text, false) DESC,
    provider_reference IS NULL DESC, created_at DESC, id DESC LIMIT $3`;

/** As the index `review_open` has it. */
const OPEN_REVIEW = `
  SELECT * FROM pay.review WHERE kind = $1 AND digest = $2 AND coalesce(payment_id, '') = $3 AND status = 'open'`;

type Reads = Pick<
  PaymentStore,
  | "payment"
  | "paymentByProviderReference"
  | "order"
  | "history"
  | "openReviews"
  | "openReview"
  | "reviewsOfPayment"
  | "review"
  | "openPaymentsByAccount"
  | "overdue"
  | "staleUnmatched"
  | "candidates"
>;

/** The methods that read with one query. */
export function createReads({ rows }: Database): Reads {
  return {
    payment: async (id) => (await rows("SELECT * FROM pay.payment WHERE id = $1", id)).map(paymentRecord)[0],
    async paymentByProviderReference(merchantAccount, providerReference) {
      const found = "SELECT * FROM pay.payment WHERE merchant_account = $1 AND provider_reference = $2";
      return (await rows(found, merchantAccount, providerReference)).map(paymentRecord)[0];
    },
    async order(orderId) {
      const found = await rows(ORDER, orderId);
      return orderSnapshot(
        found[0]?.paid_by,
        found.filter(({ id }) => id !== null),
      );
    },
    history: async (id) =>
      (await rows("SELECT * FROM pay.history WHERE payment_id = $1 ORDER BY sequence", id)).map(historyEntry),
    openReviews: async (limit, after = "" as ReviewId) =>
      (await rows("SELECT * FROM pay.review WHERE status = 'open' AND id > $1 ORDER BY id LIMIT $2", after, limit)).map(
        review,
      ),
    openReview: async ({ digest, kind, paymentId = "" }) =>
      (await rows(OPEN_REVIEW, kind, digest, paymentId)).map(review)[0],
    reviewsOfPayment: async (id) =>
      (await rows("SELECT * FROM pay.review WHERE payment_id = $1 ORDER BY opened_at, id", id)).map(review),
    review: async (id) => (await rows("SELECT * FROM pay.review WHERE id = $1", id)).map(review)[0],

    openPaymentsByAccount: async () =>
      (await rows(OPEN_PAYMENTS_BY_ACCOUNT)).map((row) => ({
        adapter: row.adapter as string,
        merchantAccount: row.merchant_account as string,
        providerName: row.provider_name as string,
        keyId: row.key_id as string,
        payments: row.payments as number,
        refunds: row.refunds as number,
      })),
    overdue: async (now, createdBefore, limit) => (await rows(OVERDUE, now, createdBefore, limit)).map(paymentRecord),
    staleUnmatched: async (receivedBefore, limit) =>
      (await rows(STALE_UNMATCHED, receivedBefore, limit)).map(unmatched),
    async candidates({ merchantAccount, buyerDigest, fact, receivedAt }, limit) {
      const amount = "amount" in fact ? fact.amount : undefined;
      const buyer = [buyerDigest ?? null, amount?.value ?? null, amount?.currency ?? null];
      // An id and its payment's time are of one reading of the clock.
      const window = [firstPaymentIdOf(receivedAt + 60_000), CANDIDATE_WINDOW];
      const found = await rows(CANDIDATES, merchantAccount, receivedAt, limit, ...buyer, ...window);
      return found.map(({ id }) => id as PaymentId);
    },
  };
}
