-- Answers several queries in one transaction, so that callbacks that arrive together share one commit and one job.
--
-- A query may carry an optimistic update: the change to make if the payment is pending and the notification is new. If so,
-- the function writes it at once: `applied` is true, and `payment` is the row after the change. Otherwise the answer is the
-- snapshot. The answers follow the order of the queries, which is also the order of the row locks.
CREATE OR REPLACE FUNCTION pay.update_all(queries jsonb)
RETURNS TABLE (payment jsonb, duplicate boolean, order_paid_by text, provider_reference_owner text,
  unmatched_notifications jsonb, unmatched_count integer, review jsonb, open_reviews jsonb, applied boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  q record;
  changed pay.payment;
  event jsonb;
  payment_with_event text;
BEGIN
  PERFORM pay.durable();
  PERFORM pay.limit_lock_wait();
  FOR q IN
    SELECT * FROM jsonb_to_recordset(queries)
      AS a (merchant_account text, payment_id text, provider_reference text, digest text, adopt boolean, subject text,
        review text, open_reviews boolean, optimistic jsonb)
  LOOP
    IF q.optimistic IS NOT NULL THEN
      UPDATE pay.payment p SET
        state = q.optimistic->>'state',
        cause = CASE WHEN q.optimistic->>'state' = 'pending' THEN p.cause ELSE q.optimistic->>'cause' END,
        updated_at = (q.optimistic->>'updated_at')::bigint,
        version = p.version + 1
      WHERE p.id = CASE WHEN q.payment_id IS NULL
          THEN (SELECT r.id FROM pay.payment r
            WHERE r.merchant_account = q.merchant_account AND r.provider_reference = q.provider_reference)
          ELSE q.payment_id END
        AND p.merchant_account = q.merchant_account AND p.state = 'pending' AND NOT p.reversed
        AND p.refunds IS NULL AND p.superseded IS NULL
        AND p.next->>'sealed' IS NULL
        AND (q.provider_reference IS NULL OR p.provider_reference = q.provider_reference)
        AND (q.optimistic->'amount' IS NULL
          OR (p.amount = (q.optimistic->>'amount')::bigint AND p.currency = q.optimistic->>'currency'))
        AND NOT EXISTS (SELECT FROM pay.inbox i WHERE i.payment_id = p.id AND i.digest = q.digest)
        AND NOT EXISTS (SELECT FROM pay.order_success o WHERE o.order_id = p.order_id)
      RETURNING p.* INTO changed;
      IF FOUND THEN
        -- Another statement may have written since this one began. A primary key then refuses, and the store reads first.
        INSERT INTO pay.history (payment_id, sequence, at, fact, from_state, to_state, reviews)
          VALUES (changed.id, changed.version, changed.updated_at, q.optimistic->'fact', 'pending', changed.state, '[]');
        INSERT INTO pay.inbox (payment_id, digest, received_at) VALUES (changed.id, q.digest, changed.updated_at);
        event := q.optimistic->'event';
        IF event IS NOT NULL THEN
          INSERT INTO pay.outbox (stream, sequence, event_id, type, occurred_at, late, state, provider_reference,
              updated_at, expires_at)
            VALUES (changed.id, changed.version, event->>'event_id', event->>'type', changed.updated_at, false,
              changed.state, changed.provider_reference, changed.updated_at, changed.expires_at);
          payment_with_event := changed.id;
        END IF;
        IF (q.optimistic->>'claims_order')::boolean THEN
          INSERT INTO pay.order_success (order_id, payment_id) VALUES (changed.order_id, changed.id);
        END IF;
        RETURN QUERY SELECT to_jsonb(changed), NULL::boolean, NULL, NULL, NULL::jsonb, NULL::integer, NULL::jsonb, NULL::jsonb,
          true;
        CONTINUE;
      END IF;
    END IF;
    RETURN QUERY SELECT s.payment, s.duplicate, s.order_paid_by, s.provider_reference_owner, s.unmatched_notifications,
        s.unmatched_count, s.review, s.open_reviews, s.applied
      FROM pay.snapshot(q.merchant_account, q.payment_id, q.provider_reference, q.digest, q.adopt, q.subject, q.review,
        q.open_reviews) s;
  END LOOP;
  -- One job for all events: it only tells a worker that the outbox has something.
  IF payment_with_event IS NOT NULL THEN PERFORM pay.queue_delivery(payment_with_event, NULL); END IF;
END
$$;
