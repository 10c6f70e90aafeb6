-- Records how several deliveries ended, in one commit.
CREATE OR REPLACE FUNCTION pay.finish_deliveries(finished jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.limit_lock_wait();
  PERFORM pay.finish_delivery(payment_id, handler, sequence, attempt, outcome, due_at, error, review)
  FROM jsonb_to_recordset(finished) AS f (payment_id text, handler text, sequence integer, attempt integer, outcome text,
    due_at bigint, error text, review jsonb);
END
$$;
