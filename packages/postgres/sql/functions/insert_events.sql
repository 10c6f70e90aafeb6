-- An event that opens a review is left out if the review was: one of the same content is open already, with its own event.
CREATE OR REPLACE FUNCTION pay.insert_events(events jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO pay.outbox (stream, sequence, event_id, type, occurred_at, late, state, provider_reference, updated_at, expires_at,
    superseded, refund, review)
  SELECT stream, sequence, event_id, type, occurred_at, late, state, provider_reference, updated_at, expires_at,
    superseded, refund, review
  FROM jsonb_populate_recordset(NULL::pay.outbox, events)
  WHERE type <> 'review.opened' OR EXISTS (SELECT FROM pay.review r WHERE r.id = stream)
$$;
