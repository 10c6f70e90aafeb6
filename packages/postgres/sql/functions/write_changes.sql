-- Writes what the rule decided. Writes nothing and returns false if what the rule saw has changed since.
--
-- `query` is the query of update_all. `seen` is what the rule saw: version, duplicate and unmatched notifications. A review
-- that is resolved has one more action than the rule saw. `changes` holds rows, named as their columns. A notification without a payment and a
-- payment that learns the notification's subject lock that subject in turn, so that neither misses the other.
CREATE OR REPLACE FUNCTION pay.write_changes(query jsonb, seen jsonb, changes jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  q_merchant_account text := query->>'merchant_account';
  q_payment_id text := query->>'payment_id';
  q_provider_reference text := query->>'provider_reference';
  q_adopt boolean := (query->>'adopt')::boolean;
  changed pay.payment;
  subjects text[] := ARRAY[coalesce(seen->>'payment_id', q_payment_id), q_provider_reference, query->>'subject'];
  resolved integer;
BEGIN
  PERFORM pay.durable();
  IF q_adopt OR changes->'unmatched' IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(q_merchant_account || ' ' || subject, 0))
    FROM (SELECT DISTINCT unnest(subjects) AS subject ORDER BY 1) AS names WHERE subject IS NOT NULL;
    IF q_adopt AND pay.waiting_unmatched(q_merchant_account, subjects) IS DISTINCT FROM seen->'unmatched_notifications'
    THEN RETURN false; END IF;
  END IF;
  IF seen->'payment_id' IS NULL THEN
    IF EXISTS (SELECT FROM pay.find_payment(q_merchant_account, q_payment_id, q_provider_reference))
    THEN RETURN false; END IF;
    IF changes->'unmatched' IS NOT NULL AND (seen->>'duplicate')::boolean IS DISTINCT FROM EXISTS (
      SELECT FROM pay.unmatched u
      WHERE u.merchant_account = q_merchant_account AND u.subject = coalesce(q_payment_id, q_provider_reference, '')
        AND u.digest = query->>'digest')
    THEN RETURN false; END IF;
  END IF;
  UPDATE pay.review r SET status = a.status, actions = a.actions
    FROM jsonb_populate_recordset(NULL::pay.review, changes->'resolved') AS a
    WHERE r.id = a.id AND jsonb_array_length(r.actions) = jsonb_array_length(a.actions) - 1;
  GET DIAGNOSTICS resolved = ROW_COUNT;
  -- An error rather than false, since some of the reviews may be written by now.
  IF resolved < jsonb_array_length(changes->'resolved') THEN
    RAISE EXCEPTION 'a review changed meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  IF changes->'payment' IS NOT NULL THEN
    changed := jsonb_populate_record(NULL::pay.payment, changes->'payment');
    -- Names what may change of a payment; Changes.record in core lists the same. A new column that may not stays out.
    UPDATE pay.payment SET
      state = changed.state, provider_reference = changed.provider_reference, updated_at = changed.updated_at,
      expires_at = changed.expires_at, version = changed.version, cause = changed.cause, reversed = changed.reversed,
      next = changed.next, refunds = changed.refunds, superseded = changed.superseded
    WHERE id = changed.id AND version = (seen->>'version')::integer;
    -- An error rather than false, since this statement may have written the review by now.
    IF NOT FOUND THEN RAISE EXCEPTION 'the payment changed meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
    PERFORM pay.insert_history(changes->'history');
    INSERT INTO pay.inbox (payment_id, digest, received_at)
      SELECT changed.id, i.digest, changed.updated_at
      FROM jsonb_array_elements_text(changes->'inbox') AS i (digest) ON CONFLICT DO NOTHING;
    IF (changes->>'claims_order')::boolean THEN
      INSERT INTO pay.order_success (order_id, payment_id) VALUES (changed.order_id, changed.id);
    END IF;
    IF changes->'check_status_at' IS NOT NULL THEN
      INSERT INTO pay.status_check (payment_id, version, requested_for, attempts, due_at)
      VALUES (changed.id, changed.version, (changes->>'check_status_at')::bigint, 0, (changes->>'check_status_at')::bigint)
      ON CONFLICT (payment_id) DO UPDATE SET
        version = excluded.version, requested_for = excluded.requested_for, attempts = 0,
        due_at = least(excluded.due_at, status_check.due_at);
    END IF;
  END IF;
  UPDATE pay.delivery d SET
    status = CASE WHEN pay.is_superseded_by_success(d) THEN 'superseded' ELSE 'due' END, attempts = 0,
    due_at = coalesce(changed.updated_at, 0)
    FROM jsonb_to_recordset(changes->'redriven') AS r (stream text, event_id text, handler text)
    JOIN pay.outbox o ON o.stream = r.stream AND o.event_id = r.event_id
    WHERE d.stream = o.stream AND d.sequence = o.sequence AND d.handler = r.handler
      AND (d.status = 'dead' OR d.status = 'due');
  PERFORM pay.insert_reviews(changes->'reviews');
  PERFORM pay.insert_events(changes->'events');
  -- One job for all events: it only tells a worker that the outbox has something.
  PERFORM pay.queue_delivery(e->>'stream', NULL)
  FROM jsonb_array_elements((changes->'events') || (changes->'redriven')) WITH ORDINALITY AS one (e, n) WHERE n = 1;
  IF changes->'unmatched' IS NOT NULL THEN
    INSERT INTO pay.unmatched (merchant_account, subject, digest, fact, received_at, buyer_digest)
    SELECT merchant_account, subject, digest, fact, received_at, buyer_digest
    FROM jsonb_populate_record(NULL::pay.unmatched, changes->'unmatched')
    ON CONFLICT DO NOTHING;
  END IF;
  DELETE FROM pay.unmatched u USING jsonb_populate_recordset(NULL::pay.unmatched, changes->'adopted') AS a
    WHERE u.merchant_account = a.merchant_account AND u.subject = a.subject AND u.digest = a.digest;
  UPDATE pay.unmatched u SET reviewed = true
    FROM jsonb_populate_recordset(NULL::pay.unmatched, changes->'reviewed') AS a
    WHERE u.merchant_account = a.merchant_account AND u.subject = a.subject AND u.digest = a.digest;
  RETURN true;
END
$$;
