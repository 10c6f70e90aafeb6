-- The functions compare and write; what a fact makes of a payment is decided in core and nowhere here. Each call is one
-- statement and one transaction, so nothing is held between two messages, and any connection will do for the next one.

-- Has one row per payment of the query at most: by id, the ref then only asking for its owner; otherwise by account and ref.
CREATE FUNCTION pay.find(q_account text, q_id text, q_ref text) RETURNS SETOF pay.payment
LANGUAGE sql STABLE AS $$
  SELECT * FROM pay.payment
  WHERE account = q_account
    AND id = CASE WHEN q_id IS NULL
      THEN (SELECT p.id FROM pay.payment p WHERE p.account = q_account AND p.ref = q_ref)
      ELSE q_id END
$$;

-- Orphans that may belong to what is settled, oldest first.
CREATE FUNCTION pay.waiting(q_account text, subjects text[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(o) ORDER BY received_at, digest), '[]')
  FROM pay.orphan o WHERE account = q_account AND subject = ANY (subjects)
$$;

-- What a settlement finds. STABLE, so that all of it is seen as of one moment.
CREATE FUNCTION pay.look(
  q_account text, q_id text, q_ref text, q_digest text, q_adopt boolean, q_subject text, q_review text,
  OUT payment jsonb, OUT twin boolean, OUT order_paid_by text, OUT ref_owner text, OUT orphans jsonb,
  OUT orphan_count integer, OUT review jsonb, OUT applied boolean
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_payment pay.payment;
BEGIN
  applied := false;
  SELECT * INTO found_payment FROM pay.find(q_account, q_id, q_ref);
  IF found_payment.id IS NOT NULL THEN
    payment := to_jsonb(found_payment);
    twin := EXISTS (SELECT FROM pay.inbox i WHERE i.payment_id = found_payment.id AND i.digest = q_digest);
    order_paid_by := (SELECT o.payment_id FROM pay.order_success o WHERE o.order_id = found_payment.order_id);
    orphan_count := 0;
  ELSE
    twin := EXISTS (SELECT FROM pay.orphan o
      WHERE o.account = q_account AND o.subject = coalesce(q_id, q_ref, '') AND o.digest = q_digest);
    orphan_count := (SELECT count(*) FROM pay.orphan o WHERE o.account = q_account);
  END IF;
  IF q_ref IS NOT NULL THEN
    ref_owner := (SELECT p.id FROM pay.payment p WHERE p.account = q_account AND p.ref = q_ref);
  END IF;
  IF q_adopt THEN
    orphans := pay.waiting(q_account, ARRAY[coalesce(found_payment.id, q_id), q_ref, q_subject]);
  END IF;
  IF q_review IS NOT NULL THEN
    review := (SELECT to_jsonb(r) FROM pay.review r WHERE r.id = q_review);
  END IF;
END
$$;

-- Looks, but with a guess at what will be found, and where it is so, writes that at once: `applied` says so,
-- and `payment` is then the row after the change.
CREATE FUNCTION pay.settle(
  q_account text, q_id text, q_ref text, q_digest text, q_adopt boolean, q_subject text, q_review text, guess jsonb,
  OUT payment jsonb, OUT twin boolean, OUT order_paid_by text, OUT ref_owner text, OUT orphans jsonb,
  OUT orphan_count integer, OUT review jsonb, OUT applied boolean
)
LANGUAGE plpgsql AS $$
DECLARE
  found_payment pay.payment;
BEGIN
  IF guess IS NOT NULL THEN
    UPDATE pay.payment p SET
      state = guess->>'state',
      cause = CASE WHEN guess->>'state' = 'pending' THEN p.cause ELSE guess->>'cause' END,
      updated_at = (guess->>'at')::bigint,
      version = p.version + 1
    WHERE p.id = CASE WHEN q_id IS NULL
        THEN (SELECT r.id FROM pay.payment r WHERE r.account = q_account AND r.ref = q_ref)
        ELSE q_id END
      AND p.account = q_account AND p.state = 'pending' AND NOT p.reversed
      AND (q_ref IS NULL OR p.ref = q_ref)
      AND (guess->'amount' IS NULL OR (p.amount = (guess->>'amount')::bigint AND p.currency = guess->>'currency'))
      AND NOT EXISTS (SELECT FROM pay.inbox i WHERE i.payment_id = p.id AND i.digest = q_digest)
      AND NOT EXISTS (SELECT FROM pay.order_success o WHERE o.order_id = p.order_id)
    RETURNING p.* INTO found_payment;
    IF FOUND THEN
      -- Another statement may have written since this one began: the keys then refuse, and the caller reads first.
      PERFORM pay.durable();
      INSERT INTO pay.history VALUES (found_payment.id, found_payment.version, found_payment.updated_at,
        guess->'fact', 'pending', found_payment.state, '[]');
      INSERT INTO pay.inbox VALUES (found_payment.id, q_digest, found_payment.updated_at);
      IF guess->'event' IS NOT NULL THEN
        INSERT INTO pay.outbox VALUES (found_payment.id, found_payment.version, guess->'event'->>'id',
          guess->'event'->>'type', found_payment.updated_at, false, found_payment.state, found_payment.ref,
          found_payment.updated_at, found_payment.expires_at);
        PERFORM pay.wake(found_payment.id, NULL);
      END IF;
      IF (guess->>'claimsOrder')::boolean THEN
        INSERT INTO pay.order_success VALUES (found_payment.order_id, found_payment.id);
      END IF;
      payment := to_jsonb(found_payment);
      applied := true;
      RETURN;
    END IF;
  END IF;

  SELECT * INTO payment, twin, order_paid_by, ref_owner, orphans, orphan_count, review, applied
  FROM pay.look(q_account, q_id, q_ref, q_digest, q_adopt, q_subject, q_review);
END
$$;

-- A commit that is acknowledged must survive the server's crash, whatever the role or database is set to.
CREATE FUNCTION pay.durable() RETURNS void
LANGUAGE sql AS $$ SELECT set_config('synchronous_commit', 'on', true) $$;

-- Asks for a payment's deliveries to be looked at, now or at a time.
CREATE FUNCTION pay.wake(payment_id text, at bigint) RETURNS void
LANGUAGE sql AS $$
  SELECT graphile_worker.add_job('pay_deliver', json_build_object('id', payment_id),
    run_at => CASE WHEN at IS NULL THEN NULL ELSE to_timestamp(at / 1000.0) END, max_attempts => 5)
$$;

CREATE FUNCTION pay.add_reviews(reviews jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO pay.review
  SELECT id, kind, "paymentId", digest, "openedAt", details, candidates, status, actions
  FROM jsonb_to_recordset(reviews) AS r (id text, kind text, "paymentId" text, digest text, "openedAt" bigint,
    details jsonb, candidates jsonb, status text, actions jsonb)
  ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION pay.add_history(payment_id text, entries jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO pay.history
  SELECT payment_id, sequence, at, fact, "from", "to", reviews
  FROM jsonb_to_recordset(entries) AS h (sequence integer, at bigint, fact jsonb, "from" text, "to" text, reviews jsonb)
$$;

-- Writes what was decided, unless what it was decided on has changed meanwhile: then nothing is written, and the answer is false.
--
-- `seen` is what was read: version, twin, orphans and the number of actions of the review. The two sides of a meeting, a
-- notification under a name and a payment that learns it, take turns on the name, so that neither misses the other.
CREATE FUNCTION pay.write(
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
      reversed = (record->>'reversed')::boolean, next = record->'next'
    WHERE id = pid AND version = (seen->>'version')::integer;
    -- An error, since the review may have been written by now.
    IF NOT FOUND THEN RAISE EXCEPTION 'the payment changed meanwhile' USING ERRCODE = 'serialization_failure'; END IF;
    PERFORM pay.add_history(pid, changes->'history');
    INSERT INTO pay.inbox SELECT pid, digest, (record->>'updatedAt')::bigint
      FROM jsonb_array_elements_text(changes->'inbox') AS i (digest) ON CONFLICT DO NOTHING;
    IF (changes->>'claimsOrder')::boolean THEN
      INSERT INTO pay.order_success VALUES (record->>'orderId', pid);
    END IF;
    UPDATE pay.delivery d SET
      status = CASE WHEN pay.is_overtaken(d) THEN 'superseded' ELSE 'due' END, attempts = 0, due_at = 0
      FROM jsonb_to_recordset(changes->'redriven') AS r ("eventId" text, handler text)
      JOIN pay.outbox o ON o.payment_id = pid AND o.event_id = r."eventId"
      WHERE d.payment_id = pid AND d.sequence = o.sequence AND d.handler = r.handler AND d.status = 'dead';
  END IF;
  PERFORM pay.add_reviews(changes->'reviews');
  INSERT INTO pay.outbox
    SELECT "paymentId", sequence, id, type, "occurredAt", late, state, ref, "updatedAt", "expiresAt"
    FROM jsonb_to_recordset(changes->'events') AS e ("paymentId" text, sequence integer, id text, type text,
      "occurredAt" bigint, late boolean, state text, ref text, "updatedAt" bigint, "expiresAt" bigint);
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

-- Saves a new payment, unless its try exists or its order is paid.
CREATE FUNCTION pay.open(record jsonb, entry jsonb, OUT kind text, OUT payment jsonb, OUT paid_by text)
LANGUAGE plpgsql AS $$
DECLARE
  opened pay.payment := jsonb_populate_record(NULL::pay.payment, record);
BEGIN
  SELECT to_jsonb(p) INTO payment FROM pay.payment p
  WHERE p.checkout_key = opened.checkout_key AND p.checkout_attempt = opened.checkout_attempt;
  IF payment IS NOT NULL THEN kind := 'exists'; RETURN; END IF;
  SELECT payment_id INTO paid_by FROM pay.order_success WHERE order_id = opened.order_id;
  IF paid_by IS NOT NULL THEN kind := 'order_paid'; RETURN; END IF;
  PERFORM pay.durable();
  INSERT INTO pay.payment SELECT opened.*;
  PERFORM pay.add_history(opened.id, jsonb_build_array(entry));
  kind := 'opened';
END
$$;
