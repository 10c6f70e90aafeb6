-- Records how an attempt ended, unless the delivery is no longer leased with this lease. Returns whether it was recorded.
CREATE OR REPLACE FUNCTION pay.finish_delivery(
  of_stream text, of_handler text, of_sequence integer, of_lease integer, outcome text, next_due bigint, failure text,
  review jsonb, event jsonb
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.durable();
  UPDATE pay.delivery d SET
    status = CASE WHEN outcome IN ('retry', 'released')
      THEN CASE WHEN pay.is_superseded_by_success(d) THEN 'superseded' ELSE 'due' END
      ELSE outcome END,
    due_at = coalesce(next_due, d.due_at),
    attempts = CASE outcome WHEN 'released' THEN d.attempts - 1 ELSE d.attempts END,
    error = CASE outcome WHEN 'released' THEN d.error ELSE failure END
  WHERE d.stream = of_stream AND d.handler = of_handler AND d.sequence = of_sequence
    AND d.lease = of_lease AND d.status = 'leased';
  IF NOT FOUND THEN RETURN false; END IF;
  -- The handler's next delivery of the stream waited for this one.
  IF EXISTS (SELECT FROM pay.delivery d WHERE d.stream = of_stream AND d.handler = of_handler
    AND d.sequence > of_sequence AND d.status = 'due' AND pay.is_next(d))
  THEN
    PERFORM pay.queue_delivery(of_stream, NULL);
  ELSIF outcome IN ('retry', 'released') THEN
    PERFORM pay.queue_delivery(of_stream, next_due);
  END IF;
  IF review IS NOT NULL THEN PERFORM pay.insert_reviews(jsonb_build_array(review)); END IF;
  IF event IS NOT NULL THEN
    PERFORM pay.insert_events(jsonb_build_array(event));
    PERFORM pay.queue_delivery(event->>'stream', NULL);
  END IF;
  RETURN true;
END
$$;
