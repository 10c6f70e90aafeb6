-- True if the payment is closed, unchanged since `before_at`, and has nothing left to do.
CREATE OR REPLACE FUNCTION pay.is_finished(p pay.payment, before_at bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p.state NOT IN ('created', 'pending', 'unknown') AND p.updated_at < before_at
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(p.refunds) AS r
      WHERE r->>'status' IN ('requested', 'pending', 'unknown'))
    AND NOT EXISTS (SELECT FROM pay.status_check c WHERE c.payment_id = p.id)
    AND NOT EXISTS (SELECT FROM pay.outbox o WHERE o.stream IN (SELECT pay.streams_of(p.id)) AND NOT o.dispatched)
    AND NOT EXISTS (SELECT FROM pay.delivery d
      WHERE d.stream IN (SELECT pay.streams_of(p.id)) AND d.status NOT IN ('delivered', 'superseded'))
    AND NOT EXISTS (SELECT FROM pay.review r WHERE r.payment_id = p.id AND r.status = 'open')
$$;
