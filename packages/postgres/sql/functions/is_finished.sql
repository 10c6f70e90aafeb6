-- True if the payment is closed, unchanged since `before_at`, and has nothing left to do.
CREATE OR REPLACE FUNCTION pay.is_finished(p pay.payment, before_at bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p.state NOT IN ('created', 'pending', 'unknown') AND p.updated_at < before_at
    -- Money that is kept and pays no order: without the payment, its order would be taken for unpaid.
    AND NOT (p.state = 'succeeded' AND p.superseded IS NOT NULL AND NOT p.reversed
      AND NOT EXISTS (SELECT FROM pay.order_success o WHERE o.order_id = p.order_id)
      AND p.amount > (SELECT coalesce(sum((r->'amount'->>'value')::bigint), 0) FROM jsonb_array_elements(p.refunds) AS r
        WHERE r->>'status' = 'succeeded'))
    AND NOT EXISTS (SELECT FROM jsonb_array_elements(p.refunds) AS r
      WHERE r->>'status' IN ('requested', 'pending', 'unknown'))
    AND NOT EXISTS (SELECT FROM pay.status_check c WHERE c.payment_id = p.id)
    AND NOT EXISTS (SELECT FROM pay.outbox o WHERE o.stream IN (SELECT pay.streams_of(p.id)) AND NOT o.dispatched)
    AND NOT EXISTS (SELECT FROM pay.delivery d
      WHERE d.stream IN (SELECT pay.streams_of(p.id)) AND d.status NOT IN ('delivered', 'superseded'))
    AND NOT EXISTS (SELECT FROM pay.review r WHERE r.payment_id = p.id AND r.status = 'open')
$$;
