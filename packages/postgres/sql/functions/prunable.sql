-- Payments that may be removed, read from the start of the index payment_closed, or from where the batch before ended.
CREATE OR REPLACE FUNCTION pay.prunable(before_at bigint, after_at bigint, after_id text, max_rows integer)
RETURNS TABLE (id text, updated_at bigint)
LANGUAGE sql STABLE AS $$
  SELECT p.id, p.updated_at FROM pay.payment p
  WHERE p.state NOT IN ('created', 'pending', 'unknown') AND p.updated_at < before_at
    AND (p.updated_at, p.id) > (after_at, after_id) AND pay.is_prunable(p, before_at)
    AND p.id NOT IN (SELECT jsonb_array_elements_text(r.candidates) FROM pay.review r WHERE r.status = 'open')
  ORDER BY p.updated_at, p.id LIMIT max_rows
$$;
