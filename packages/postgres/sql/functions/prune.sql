-- Removes finished payments.
--
-- Every transaction that writes something of a payment also changes its row. So once the rows are locked, a statement that
-- begins afterwards sees the final state: an update that arrives meanwhile waits, and finds no payment. Rows that an update
-- holds are skipped. A finished payment gets work again only through such an update.
CREATE OR REPLACE FUNCTION pay.prune(before_at bigint, after_at bigint, after_id text, max_rows integer)
RETURNS TABLE (id text, updated_at bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  found_ids text[];
  locked text[];
  doomed text[];
  streams text[];
BEGIN
  PERFORM pay.durable();
  SELECT array_agg(f.id) INTO found_ids FROM pay.prunable(before_at, after_at, after_id, max_rows) f;
  SELECT array_agg(l.id) INTO locked FROM (
    SELECT p.id FROM pay.payment p WHERE p.id = ANY (found_ids) FOR UPDATE SKIP LOCKED
  ) AS l;
  SELECT array_agg(p.id) INTO doomed FROM pay.payment p WHERE p.id = ANY (locked) AND pay.is_prunable(p, before_at);
  SELECT array_agg(s) INTO streams FROM unnest(doomed) AS d (id), pay.streams_of(d.id) AS s;
  DELETE FROM pay.history WHERE payment_id = ANY (doomed);
  DELETE FROM pay.inbox WHERE payment_id = ANY (doomed);
  DELETE FROM pay.review WHERE payment_id = ANY (doomed);
  DELETE FROM pay.outbox WHERE stream = ANY (streams);
  DELETE FROM pay.delivery WHERE stream = ANY (streams);
  -- order_success stays: the order is paid.
  RETURN QUERY
  WITH gone AS (DELETE FROM pay.payment p WHERE p.id = ANY (doomed) RETURNING p.id, p.updated_at)
  SELECT g.id, g.updated_at FROM gone g ORDER BY g.updated_at, g.id;
END
$$;
