-- Finished payments are removed, those first that changed longest ago.
CREATE INDEX payment_closed ON pay.payment (updated_at, id) WHERE state NOT IN ('created', 'pending', 'unknown');

-- Whether nothing of a payment is owed, and it has not changed since.
CREATE FUNCTION pay.is_finished(p pay.payment, before_at bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p.state NOT IN ('created', 'pending', 'unknown') AND p.updated_at < before_at
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(p.refunds) AS r
      WHERE r->>'status' IN ('requested', 'pending', 'unknown'))
    AND NOT EXISTS (SELECT FROM pay.ask a WHERE a.payment_id = p.id)
    AND NOT EXISTS (SELECT FROM pay.outbox o WHERE o.payment_id = p.id AND NOT o.dispatched)
    AND NOT EXISTS (SELECT FROM pay.delivery d WHERE d.payment_id = p.id AND d.status NOT IN ('delivered', 'superseded'))
    AND NOT EXISTS (SELECT FROM pay.review r WHERE r.payment_id = p.id AND r.status = 'open')
$$;

-- The same of every try of its checkout key.
CREATE FUNCTION pay.is_prunable(p pay.payment, before_at bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT pay.is_finished(p, before_at) AND NOT EXISTS (
    SELECT FROM pay.payment other
    WHERE other.checkout_key = p.checkout_key AND other.id <> p.id AND NOT pay.is_finished(other, before_at)
  )
$$;

-- Read from the start of the index payment_closed, or from where the batch before ended.
CREATE FUNCTION pay.prunable(before_at bigint, after_at bigint, after_id text, max_rows integer)
RETURNS TABLE (id text, updated_at bigint)
LANGUAGE sql STABLE AS $$
  SELECT p.id, p.updated_at FROM pay.payment p
  WHERE p.state NOT IN ('created', 'pending', 'unknown') AND p.updated_at < before_at
    AND (p.updated_at, p.id) > (after_at, after_id) AND pay.is_prunable(p, before_at)
    AND p.id NOT IN (SELECT jsonb_array_elements_text(r.candidates) FROM pay.review r WHERE r.status = 'open')
  ORDER BY p.updated_at, p.id LIMIT max_rows
$$;

-- Whatever is written of a payment changes its row in the same transaction. So once the rows are locked, what is found by a
-- statement that begins then stays so: a settlement that comes meanwhile waits, and finds no payment. One that is at it is
-- not waited for. What is no longer owed never is again but by such a settlement.
CREATE FUNCTION pay.prune(before_at bigint, after_at bigint, after_id text, max_rows integer)
RETURNS TABLE (id text, updated_at bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  found_ids text[];
  locked text[];
  doomed text[];
BEGIN
  PERFORM pay.durable();
  SELECT array_agg(f.id) INTO found_ids FROM pay.prunable(before_at, after_at, after_id, max_rows) f;
  SELECT array_agg(l.id) INTO locked FROM (
    SELECT p.id FROM pay.payment p WHERE p.id = ANY (found_ids) FOR UPDATE SKIP LOCKED
  ) AS l;
  SELECT array_agg(p.id) INTO doomed FROM pay.payment p WHERE p.id = ANY (locked) AND pay.is_prunable(p, before_at);
  DELETE FROM pay.history WHERE payment_id = ANY (doomed);
  DELETE FROM pay.inbox WHERE payment_id = ANY (doomed);
  DELETE FROM pay.review WHERE payment_id = ANY (doomed);
  DELETE FROM pay.outbox WHERE payment_id = ANY (doomed);
  DELETE FROM pay.delivery WHERE payment_id = ANY (doomed);
  -- order_success stays: the order is paid.
  RETURN QUERY
  WITH gone AS (DELETE FROM pay.payment p WHERE p.id = ANY (doomed) RETURNING p.id, p.updated_at)
  SELECT g.id, g.updated_at FROM gone g ORDER BY g.updated_at, g.id;
END
$$;
