CREATE OR REPLACE FUNCTION pay.insert_history(entries jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO pay.history (payment_id, sequence, at, fact, from_state, to_state, reviews)
  SELECT payment_id, sequence, at, fact, from_state, to_state, reviews
  FROM jsonb_populate_recordset(NULL::pay.history, entries)
$$;
