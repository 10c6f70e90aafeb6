-- Records how several deliveries ended, in one commit.
CREATE OR REPLACE FUNCTION pay.finish_deliveries(finished jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.limit_lock_wait();
  PERFORM pay.finish_delivery(stream, handler, sequence, lease, outcome, due_at, error, review, event)
  FROM jsonb_to_recordset(finished) AS f (stream text, handler text, sequence integer, lease integer, outcome text,
    due_at bigint, error text, review jsonb, event jsonb);
END
$$;
