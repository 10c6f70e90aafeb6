import { CANDIDATE_WINDOW, firstPaymentIdOf, type PaymentId, type PaymentStore, type ReviewId } from "@pay/core/store";
import { historyEntry, paymentRecord, type Row, review, unmatched } from "./rows.ts";
import { HOLDING_EXPIRY, OPEN, REFUND_UNDER_WAY } from "./sql-lists.ts";

/** Two index lookups: an OR would read every payment. Exported for the test of its plan. */
export const OVERDUE: string = `
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY merchant_account ORDER BY id) AS place FROM payment WHERE id IN (
    SELECT id FROM payment WHERE state IN ${OPEN} AND expires_at <= ?
      AND NOT EXISTS (SELECT 1 FROM review WHERE payment_id = payment.id AND status = 'open' AND kind IN ${HOLDING_EXPIRY})
    UNION ALL SELECT id FROM payment WHERE state = 'created' AND created_at <= ?
  )) AS found WHERE place <= ? ORDER BY id`;

/** The newest of each index, and of all payments a window: what they are ranked by is in no index. Exported for the test of its plan. */
const NEWEST = "AND provider_reference IS NULL AND created_at <= ?2 ORDER BY created_at DESC, id DESC LIMIT ?3";
export const CANDIDATES: string = `
  SELECT id FROM payment
  WHERE merchant_account = ?1 AND created_at <= ?2 AND id IN (
    SELECT id FROM (SELECT id FROM payment WHERE merchant_account = ?1 AND buyer_digest = ?4 ${NEWEST})
    UNION ALL SELECT id FROM (SELECT id FROM payment WHERE merchant_account = ?1 ${NEWEST})
    UNION ALL SELECT id FROM (SELECT id FROM payment WHERE id < ?7 ORDER BY id DESC LIMIT ?8)
  )
  ORDER BY coalesce(buyer_digest = ?4, 0) DESC, coalesce(amount = ?5 AND currency = ?6, 0) DESC, provider_reference IS NULL DESC,
    created_at DESC, id DESC LIMIT ?3`;

const OPEN_PAYMENTS_BY_ACCOUNT = `
  WITH
    open AS (SELECT id FROM payment WHERE state IN ${OPEN}),
    refunding AS (
      SELECT id FROM payment WHERE refunds IS NOT NULL
        AND EXISTS (SELECT 1 FROM json_each(refunds) WHERE value->>'status' IN ${REFUND_UNDER_WAY})
    )
  SELECT min(adapter) AS adapter, merchant_account, provider_name, key_id,
    count(*) FILTER (WHERE id IN open) AS payments, count(*) FILTER (WHERE id IN refunding) AS refunds
  FROM payment WHERE id IN (SELECT id FROM open UNION SELECT id FROM refunding)
  GROUP BY merchant_account, provider_name, key_id ORDER BY merchant_account, provider_name, key_id`;

const STALE_UNMATCHED =
  "SELECT * FROM unmatched WHERE reviewed = 0 AND received_at <= ? ORDER BY received_at, digest LIMIT ?";

/** As the index `review_open` has it. */
const OPEN_REVIEW = `
  SELECT * FROM review WHERE kind = ? AND digest = ? AND coalesce(payment_id, '') = ? AND status = 'open'`;

/** Runs one query and returns its rows. */
export type Rows = (query: string, ...values: readonly (string | number | null)[]) => readonly Row[];

type Reads = Pick<
  PaymentStore,
  | "payment"
  | "paymentByProviderReference"
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
export function createReads(read: <T>(query: (rows: Rows) => T) => Promise<T>): Reads {
  return {
    payment: (id) => read((rows) => rows("SELECT * FROM payment WHERE id = ?", id).map(paymentRecord)[0]),
    paymentByProviderReference(merchantAccount, providerReference) {
      const found = "SELECT * FROM payment WHERE merchant_account = ? AND provider_reference = ?";
      return read((rows) => rows(found, merchantAccount, providerReference).map(paymentRecord)[0]);
    },
    history: (id) =>
      read((rows) => rows("SELECT * FROM history WHERE payment_id = ? ORDER BY sequence", id).map(historyEntry)),
    openReviews: (limit, after = "" as ReviewId) =>
      read((rows) =>
        rows("SELECT * FROM review WHERE status = 'open' AND id > ? ORDER BY id LIMIT ?", after, limit).map(review),
      ),
    openReview: ({ digest, kind, paymentId = "" }) =>
      read((rows) => rows(OPEN_REVIEW, kind, digest, paymentId).map(review)[0]),
    reviewsOfPayment: (id) =>
      read((rows) => rows("SELECT * FROM review WHERE payment_id = ? ORDER BY opened_at, id", id).map(review)),
    review: (id) => read((rows) => rows("SELECT * FROM review WHERE id = ?", id).map(review)[0]),

    openPaymentsByAccount: () =>
      read((rows) =>
        rows(OPEN_PAYMENTS_BY_ACCOUNT).map((row) => ({
          adapter: row.adapter as string,
          merchantAccount: row.merchant_account as string,
          providerName: row.provider_name as string,
          keyId: row.key_id as string,
          payments: row.payments as number,
          refunds: row.refunds as number,
        })),
      ),
    overdue: (now, createdBefore, limit) => read((rows) => rows(OVERDUE, now, createdBefore, limit).map(paymentRecord)),
    staleUnmatched: (receivedBefore, limit) =>
      read((rows) => rows(STALE_UNMATCHED, receivedBefore, limit).map(unmatched)),
    candidates({ merchantAccount, buyerDigest = null, fact, receivedAt }, limit) {
      const { value, currency } = { value: null, currency: null, ...("amount" in fact ? fact.amount : {}) };
      // An id and its payment's time are of one reading of the clock.
      const window = [firstPaymentIdOf(receivedAt + 60_000), CANDIDATE_WINDOW] as const;
      const values = [merchantAccount, receivedAt, limit, buyerDigest, value, currency, ...window] as const;
      return read((rows) => rows(CANDIDATES, ...values).map(({ id }) => id as PaymentId));
    },
  };
}
