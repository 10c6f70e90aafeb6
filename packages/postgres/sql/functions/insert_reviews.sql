-- A review of the same subject, kind and digest that is open already stands: the new one is left out.
CREATE OR REPLACE FUNCTION pay.insert_reviews(reviews jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO pay.review (id, kind, payment_id, digest, opened_at, details, candidates, status, actions)
  SELECT id, kind, payment_id, digest, opened_at, details, candidates, status, actions
  FROM jsonb_populate_recordset(NULL::pay.review, reviews)
  ON CONFLICT DO NOTHING
$$;
