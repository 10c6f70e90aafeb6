-- Takes what `pay.lease` took before, and locks no more than that: what it locked and left was skipped by others, who found
-- nothing to do and came again much later. And what it takes stays taken after a crash of the server.

-- Whether nothing earlier of its payment is waiting for the same handler.
CREATE FUNCTION pay.is_next(d pay.delivery) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT FROM pay.delivery earlier
    WHERE earlier.payment_id = d.payment_id AND earlier.handler = d.handler AND earlier.sequence < d.sequence
      AND earlier.status IN ('due', 'leased')
  )
$$;

-- First how many of each handler's are among those that have waited longest, without a lock; then as many, locked.
CREATE OR REPLACE FUNCTION pay.lease(now_at bigint, until_at bigint, handlers jsonb, max_rows integer, only_payment text)
RETURNS TABLE (handler text, attempt integer, event jsonb, payment jsonb)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.durable();
  -- In the order of the rows, and waiting for whoever dispatches the same ones: an event must not be taken before the
  -- deliveries of an earlier one are there.
  WITH fresh AS (
    SELECT o.payment_id, o.sequence, o.type FROM pay.outbox o
    WHERE NOT o.dispatched AND (only_payment IS NULL OR o.payment_id = only_payment)
    ORDER BY o.payment_id, o.sequence LIMIT 1000 FOR UPDATE
  ), marked AS (
    UPDATE pay.outbox o SET dispatched = true FROM fresh
    WHERE o.payment_id = fresh.payment_id AND o.sequence = fresh.sequence
    RETURNING o.payment_id, o.sequence, o.type
  )
  INSERT INTO pay.delivery
  SELECT m.payment_id, h.name, m.sequence, m.type, 'due', 0, now_at FROM marked m JOIN pay.handler h USING (type);

  -- What a success makes obsolete. One that is being taken at this moment is told; if that fails, it ends here.
  UPDATE pay.delivery d SET status = 'superseded'
  FROM (
    SELECT w.payment_id, w.handler, w.sequence FROM pay.delivery w
    WHERE (only_payment IS NULL OR w.payment_id = only_payment)
      AND (w.status = 'due' OR (w.status = 'leased' AND w.due_at <= now_at))
      AND w.type IN ('payment.failed', 'payment.expired', 'payment.canceled') AND pay.is_overtaken(w)
    FOR UPDATE SKIP LOCKED
  ) AS old
  WHERE d.payment_id = old.payment_id AND d.handler = old.handler AND d.sequence = old.sequence;

  RETURN QUERY
  WITH heard AS (
    SELECT type, name FROM jsonb_to_recordset(handlers) AS h (type text, name text)
  ), shares AS (
    SELECT first.type, first.handler, count(*) AS size
    FROM (
      SELECT d.type, d.handler FROM heard h
      CROSS JOIN LATERAL (
        SELECT w.* FROM pay.delivery w
        WHERE w.status IN ('due', 'leased') AND w.type = h.type AND w.handler = h.name AND w.due_at <= now_at
          AND (only_payment IS NULL OR w.payment_id = only_payment) AND pay.is_next(w)
        ORDER BY w.due_at, w.payment_id, w.sequence LIMIT max_rows
      ) d
      ORDER BY d.due_at, d.payment_id, d.sequence LIMIT max_rows
    ) AS first
    GROUP BY 1, 2
  ), free AS (
    SELECT d.payment_id, d.handler, d.sequence, d.due_at FROM shares s
    CROSS JOIN LATERAL (
      SELECT w.* FROM pay.delivery w
      WHERE w.status IN ('due', 'leased') AND w.type = s.type AND w.handler = s.handler AND w.due_at <= now_at
        AND (only_payment IS NULL OR w.payment_id = only_payment) AND pay.is_next(w)
      ORDER BY w.due_at, w.payment_id, w.sequence LIMIT s.size FOR UPDATE SKIP LOCKED
    ) d
  ), taken AS (
    UPDATE pay.delivery d SET status = 'leased', attempts = d.attempts + 1, due_at = until_at
    FROM free WHERE d.payment_id = free.payment_id AND d.handler = free.handler AND d.sequence = free.sequence
    RETURNING d.*, free.due_at AS was_due
  )
  SELECT t.handler, t.attempts, to_jsonb(o), to_jsonb(p)
  FROM taken t JOIN pay.outbox o USING (payment_id, sequence) JOIN pay.payment p ON p.id = t.payment_id
  ORDER BY t.was_due, t.payment_id, t.sequence;
END
$$;
