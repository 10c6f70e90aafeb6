-- What went back to buyers, and the refund an event is about, as it was then.
ALTER TABLE pay.payment ADD COLUMN refunds jsonb;
ALTER TABLE pay.outbox ADD COLUMN refund jsonb;

-- Payments whose gateway is to be asked what became of them.
CREATE TABLE pay.ask (
  payment_id text COLLATE "C" PRIMARY KEY,
  -- The payment's version with which it was asked for: the newest counts.
  version    integer NOT NULL,
  attempts   integer NOT NULL,
  -- When it may be asked: its time while waiting, the end of the lease while somebody asks.
  due_at     bigint NOT NULL
);
CREATE INDEX ask_due ON pay.ask (due_at, payment_id);

CREATE FUNCTION pay.lease_asks(now_at bigint, until_at bigint, max_rows integer)
RETURNS TABLE (payment_id text, version integer, attempt integer)
LANGUAGE sql AS $$
  WITH due AS (
    SELECT a.payment_id, a.due_at FROM pay.ask a WHERE a.due_at <= now_at
    ORDER BY a.due_at, a.payment_id LIMIT max_rows FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE pay.ask a SET attempts = a.attempts + 1, due_at = until_at
    FROM due WHERE a.payment_id = due.payment_id
    RETURNING a.payment_id, a.version, a.attempts, due.due_at AS was_due
  )
  SELECT t.payment_id, t.version, t.attempts FROM taken t ORDER BY t.was_due, t.payment_id
$$;

-- Writes what was decided, unless what it was decided on has changed meanwhile: then nothing is written, and the answer is false.
--
-- `seen` is what was read: version, twin, orphans and the number of actions of the review. The two sides of a meeting, a
-- notification under a name and a payment that learns it, take turns on the name, so that neither misses the other.
CREATE OR REPLACE FUNCTION pay.write(
  q_account text, q_id text, q_ref text, q_digest text, q_adopt boolean, q_subject text, seen jsonb, changes jsonb
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  record jsonb := changes->'record';
  pid text := changes->'record'->>'id';
  subjects text[] := ARRAY[coalesce(seen->>'id', q_id), q_ref, q_subject];
  known pay.payment;
BEGIN
  PERFORM pay.durable();
  IF q_adopt OR changes->'orphan' IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(q_account || ' ' || subject, 0))
    FROM (SELECT DISTINCT unnest(subjects) AS subject ORDER BY 1) AS names WHERE subject IS NOT NULL;
    IF q_adopt AND pay.waiting(q_account, subjects) IS DISTINCT FROM seen->'orphans' THEN RETURN false; END IF;
  END IF;
  IF seen->'id' IS NULL THEN
    SELECT * INTO known FROM pay.find(q_account, q_id, q_ref);
    IF known.id IS NOT NULL THEN RETURN false; END IF;
    IF changes->'orphan' IS NOT NULL AND (seen->>'twin')::boolean IS DISTINCT FROM EXISTS (SELECT FROM pay.orphan o
      WHERE o.account = q_account AND o.subject = coalesce(q_id, q_ref, '') AND o.digest = q_digest)
    THEN RETURN false; END IF;
  END IF;
  IF changes->'resolved' IS NOT NULL THEN
    UPDATE pay.review SET status = changes->'resolved'->>'status', actions = changes->'resolved'->'actions'
    WHERE id = changes->'resolved'->>'id' AND jsonb_array_length(actions) = (seen->>'actions')::integer;
    IF NOT FOUND THEN RETURN false; END IF;
  END IF;
  IF record IS NOT NULL THEN
    UPDATE pay.payment SET
      state = record->>'state', ref = record->>'ref', updated_at = (record->>'updatedAt')::bigint,
      expires_at = (record->>'expiresAt')::bigint, version = (record->>'version')::integer, cause = record->>'cause',
      reversed = (record->>'reversed')::boolean, next = record->'next',
      -- A process of the version before knows none, and must not take them away.
      refunds = CASE WHEN record ? 'refunds' THEN record->'refunds' ELSE refunds END
    WHERE id = pid AND version = (seen->>'version')::integer;
    -- An error, since the review may have been written by now.
    IF NOT FOUND THEN RAISE EXCEPTION 'the payment changed meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
    PERFORM pay.add_history(pid, changes->'history');
    INSERT INTO pay.inbox SELECT pid, digest, (record->>'updatedAt')::bigint
      FROM jsonb_array_elements_text(changes->'inbox') AS i (digest) ON CONFLICT DO NOTHING;
    IF (changes->>'claimsOrder')::boolean THEN
      INSERT INTO pay.order_success VALUES (record->>'orderId', pid);
    END IF;
    IF changes->'askAt' IS NOT NULL THEN
      INSERT INTO pay.ask VALUES (pid, (record->>'version')::integer, 0, (changes->>'askAt')::bigint)
      ON CONFLICT (payment_id) DO UPDATE SET
        version = excluded.version, attempts = 0, due_at = least(excluded.due_at, ask.due_at);
    END IF;
    UPDATE pay.delivery d SET
      status = CASE WHEN pay.is_overtaken(d) THEN 'superseded' ELSE 'due' END, attempts = 0, due_at = 0
      FROM jsonb_to_recordset(changes->'redriven') AS r ("eventId" text, handler text)
      JOIN pay.outbox o ON o.payment_id = pid AND o.event_id = r."eventId"
      WHERE d.payment_id = pid AND d.sequence = o.sequence AND d.handler = r.handler AND d.status = 'dead';
  END IF;
  PERFORM pay.add_reviews(changes->'reviews');
  INSERT INTO pay.outbox
    SELECT "paymentId", sequence, id, type, "occurredAt", late, state, ref, "updatedAt", "expiresAt", false, refund
    FROM jsonb_to_recordset(changes->'events') AS e ("paymentId" text, sequence integer, id text, type text,
      "occurredAt" bigint, late boolean, state text, ref text, "updatedAt" bigint, "expiresAt" bigint, refund jsonb);
  IF jsonb_array_length(changes->'events') > 0 OR jsonb_array_length(changes->'redriven') > 0 THEN
    PERFORM pay.wake(coalesce(pid, changes->'events'->0->>'paymentId'), NULL);
  END IF;
  IF changes->'orphan' IS NOT NULL THEN
    INSERT INTO pay.orphan
    SELECT account, subject, digest, fact, "receivedAt", "buyerDigest"
    FROM jsonb_to_record(changes->'orphan') AS o (account text, subject text, digest text, fact jsonb,
      "receivedAt" bigint, "buyerDigest" text)
    ON CONFLICT DO NOTHING;
  END IF;
  DELETE FROM pay.orphan o USING jsonb_to_recordset(changes->'adopted') AS a (account text, subject text, digest text)
    WHERE o.account = a.account AND o.subject = a.subject AND o.digest = a.digest;
  UPDATE pay.orphan o SET reviewed = true
    FROM jsonb_to_recordset(changes->'reviewed') AS a (account text, subject text, digest text)
    WHERE o.account = a.account AND o.subject = a.subject AND o.digest = a.digest;
  RETURN true;
END
$$;
