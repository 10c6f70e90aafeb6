CREATE OR REPLACE FUNCTION pay.lease_status_checks(
  now_at bigint, until_at bigint, max_rows integer, except_accounts text[] DEFAULT '{}'
) RETURNS TABLE (payment_id text, version integer, requested_for bigint, attempt integer, merchant_account text)
LANGUAGE sql AS $$
  WITH due AS (
    SELECT c.payment_id, c.due_at FROM pay.status_check c
    -- One look-up for each check that is read, and never a join that reads every payment.
    WHERE c.due_at <= now_at
      AND (SELECT p.merchant_account FROM pay.payment p WHERE p.id = c.payment_id) <> ALL (except_accounts)
    ORDER BY c.due_at, c.payment_id LIMIT max_rows FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE pay.status_check c SET attempts = c.attempts + 1, due_at = until_at
    FROM due WHERE c.payment_id = due.payment_id
    RETURNING c.payment_id, c.version, c.requested_for, c.attempts, due.due_at AS was_due
  )
  SELECT t.payment_id, t.version, t.requested_for, t.attempts,
    (SELECT p.merchant_account FROM pay.payment p WHERE p.id = t.payment_id)
  FROM taken t ORDER BY t.was_due, t.payment_id
$$;
