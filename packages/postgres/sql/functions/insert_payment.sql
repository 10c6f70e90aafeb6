-- Saves a new payment, unless this attempt of its checkout key exists.
--
-- Payments of one order are inserted one after the other. If the order is paid, or has payments that may have to change
-- (those with another amount, superseded ones and succeeded ones), the function returns them and writes nothing. `decided`
-- is what the rule then decided: the payments' versions that it saw, their changes as arguments of write_changes, and
-- whether the order may be paid again. If the order has changed since, the function returns what it found again.
CREATE OR REPLACE FUNCTION pay.insert_payment(
  new_payment jsonb, first_entry jsonb, decided jsonb,
  OUT kind text, OUT payment jsonb, OUT paid_by text, OUT payments jsonb
)
LANGUAGE plpgsql AS $$
DECLARE
  inserted pay.payment := jsonb_populate_record(NULL::pay.payment, new_payment);
  change jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('order ' || inserted.order_id, 0));
  SELECT to_jsonb(p) INTO payment FROM pay.payment p
  WHERE p.checkout_key = inserted.checkout_key AND p.checkout_attempt = inserted.checkout_attempt;
  IF payment IS NOT NULL THEN kind := 'exists'; RETURN; END IF;
  -- Locked, so that a success of one of them is either seen here or waits, and then finds the change.
  SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY o.id), '[]') INTO payments FROM (
    SELECT p.* FROM pay.payment p
    WHERE p.order_id = inserted.order_id
      AND (p.amount <> inserted.amount OR p.currency <> inserted.currency OR p.superseded IS NOT NULL OR p.state = 'succeeded')
    ORDER BY p.id FOR UPDATE
  ) AS o;
  SELECT s.payment_id INTO paid_by FROM pay.order_success s WHERE s.order_id = inserted.order_id;
  IF decided IS NULL THEN
    IF paid_by IS NOT NULL OR payments <> '[]' THEN kind := 'found'; RETURN; END IF;
  ELSIF decided->>'paid_by' IS DISTINCT FROM paid_by OR decided->'versions' IS DISTINCT FROM (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', p->'id', 'version', p->'version')), '[]')
    FROM jsonb_array_elements(payments) AS p
  ) THEN kind := 'found'; RETURN; END IF;
  PERFORM pay.durable();
  FOR change IN SELECT * FROM jsonb_array_elements(decided->'changes') LOOP
    PERFORM pay.write_changes(change->'query', change->'seen', change->'changes');
  END LOOP;
  IF (decided->>'releases_order')::boolean THEN
    DELETE FROM pay.order_success s WHERE s.order_id = inserted.order_id;
  END IF;
  -- The row's own type brings every column by its name, also one that a later version adds.
  INSERT INTO pay.payment SELECT inserted.*;
  PERFORM pay.insert_history(jsonb_build_array(first_entry));
  kind := 'opened';
END
$$;
