CREATE OR REPLACE FUNCTION pay.lease_status_checks(now_at bigint, until_at bigint, max_rows integer)
RETURNS TABLE (payment_id text, version integer, attempt integer)
LANGUAGE sql AS $$
  WITH due AS (
    SELECT c.payment_id, c.due_at FROM pay.status_check c WHERE c.due_at <= now_at
    ORDER BY c.due_at, c.payment_id LIMIT max_rows FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE pay.status_check c SET attempts = c.attempts + 1, due_at = until_at
    FROM due WHERE c.payment_id = due.payment_id
    RETURNING c.payment_id, c.version, c.attempts, due.due_at AS was_due
  )
  SELECT t.payment_id, t.version, t.attempts FROM taken t ORDER BY t.was_due, t.payment_id
$$;
