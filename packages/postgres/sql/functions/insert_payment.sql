-- Saves a new payment, unless this attempt of its checkout key exists or its order is paid.
CREATE OR REPLACE FUNCTION pay.insert_payment(
  new_payment jsonb, first_entry jsonb, OUT kind text, OUT payment jsonb, OUT paid_by text
)
LANGUAGE plpgsql AS $$
DECLARE
  inserted pay.payment := jsonb_populate_record(NULL::pay.payment, new_payment);
BEGIN
  SELECT to_jsonb(p) INTO payment FROM pay.payment p
  WHERE p.checkout_key = inserted.checkout_key AND p.checkout_attempt = inserted.checkout_attempt;
  IF payment IS NOT NULL THEN kind := 'exists'; RETURN; END IF;
  SELECT payment_id INTO paid_by FROM pay.order_success WHERE order_id = inserted.order_id;
  IF paid_by IS NOT NULL THEN kind := 'order_paid'; RETURN; END IF;
  PERFORM pay.durable();
  -- The row's own type brings every column by its name, also one that a later version adds.
  INSERT INTO pay.payment SELECT inserted.*;
  PERFORM pay.insert_history(jsonb_build_array(first_entry));
  kind := 'opened';
END
$$;
