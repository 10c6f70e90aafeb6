-- Dispatches new events to the registered handlers, then takes up to `max_rows` deliveries that are due for `handlers`.
--
-- It locks only what it takes: other processes skip locked rows, so a row that was locked and left would look like no work
-- to them. It first counts, without a lock, how many deliveries of each handler are among those due the longest, and then
-- locks that many. Its commit is durable, so that a lease survives a crash of the server.
CREATE OR REPLACE FUNCTION pay.lease_deliveries(
  now_at bigint, until_at bigint, handlers jsonb, max_rows integer, only_stream text
)
RETURNS TABLE (handler text, attempt integer, lease integer, event jsonb, payment jsonb)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.durable();
  -- In the order of the rows, and waiting for another process that dispatches the same ones: an event must not be taken
  -- before the deliveries of an earlier event exist.
  WITH fresh AS (
    SELECT o.stream, o.sequence, o.type FROM pay.outbox o
    WHERE NOT o.dispatched AND (only_stream IS NULL OR o.stream = only_stream)
    ORDER BY o.stream, o.sequence LIMIT 1000 FOR UPDATE
  ), marked AS (
    UPDATE pay.outbox o SET dispatched = true FROM fresh
    WHERE o.stream = fresh.stream AND o.sequence = fresh.sequence
    RETURNING o.stream, o.sequence, o.type
  )
  INSERT INTO pay.delivery (stream, handler, sequence, type, status, attempts, due_at)
  SELECT m.stream, h.name, m.sequence, m.type, 'due', 0, now_at FROM marked m JOIN pay.handler h USING (type);

  -- A delivery that a process is taking at this moment is delivered; if that attempt fails, finish_delivery supersedes it.
  UPDATE pay.delivery d SET status = 'superseded'
  FROM (
    SELECT w.stream, w.handler, w.sequence FROM pay.delivery w
    WHERE (only_stream IS NULL OR w.stream = only_stream)
      AND (w.status = 'due' OR (w.status = 'leased' AND w.due_at <= now_at))
      AND w.type IN ('payment.failed', 'payment.expired', 'payment.canceled') AND pay.is_superseded_by_success(w)
    FOR UPDATE SKIP LOCKED
  ) AS old
  WHERE d.stream = old.stream AND d.handler = old.handler AND d.sequence = old.sequence;

  RETURN QUERY
  WITH wanted AS (
    SELECT type, name FROM jsonb_to_recordset(handlers) AS h (type text, name text)
  ), shares AS (
    SELECT first.type, first.handler, count(*) AS size
    FROM (
      SELECT d.type, d.handler FROM wanted h
      CROSS JOIN LATERAL (
        SELECT w.* FROM pay.delivery w
        WHERE w.status IN ('due', 'leased') AND w.type = h.type AND w.handler = h.name AND w.due_at <= now_at
          AND (only_stream IS NULL OR w.stream = only_stream) AND pay.is_next(w)
        ORDER BY w.due_at, w.stream, w.sequence LIMIT max_rows
      ) d
      ORDER BY d.due_at, d.stream, d.sequence LIMIT max_rows
    ) AS first
    GROUP BY 1, 2
  ), free AS (
    SELECT d.stream, d.handler, d.sequence, d.due_at FROM shares s
    CROSS JOIN LATERAL (
      SELECT w.* FROM pay.delivery w
      WHERE w.status IN ('due', 'leased') AND w.type = s.type AND w.handler = s.handler AND w.due_at <= now_at
        AND (only_stream IS NULL OR w.stream = only_stream) AND pay.is_next(w)
      ORDER BY w.due_at, w.stream, w.sequence LIMIT s.size FOR UPDATE SKIP LOCKED
    ) d
  ), taken AS (
    UPDATE pay.delivery d SET status = 'leased', attempts = d.attempts + 1, lease = d.lease + 1, due_at = until_at
    FROM free WHERE d.stream = free.stream AND d.handler = free.handler AND d.sequence = free.sequence
    RETURNING d.*, free.due_at AS was_due
  )
  SELECT t.handler, t.attempts, t.lease, to_jsonb(o), to_jsonb(p)
  FROM taken t JOIN pay.outbox o USING (stream, sequence) LEFT JOIN pay.payment p ON p.id = t.stream
  ORDER BY t.was_due, t.stream, t.sequence;
END
$$;
