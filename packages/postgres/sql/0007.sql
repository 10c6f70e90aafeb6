-- Callbacks that come in together are settled together: one transaction, one word to the queue.

-- A row that somebody else holds must not keep the others: after this time it is refused, and those are done without it.
CREATE FUNCTION pay.hurry() RETURNS void
LANGUAGE sql AS $$ SELECT set_config('lock_timeout', '2s', true) $$;

-- Looks for each, but with a guess at what will be found, and where it is so, writes that at once: `applied` says so, and
-- `payment` is then the row after the change. Answers in the order of the questions, which is also that of the locks.
CREATE FUNCTION pay.settle_all(asked jsonb)
RETURNS TABLE (payment jsonb, twin boolean, order_paid_by text, ref_owner text, orphans jsonb, orphan_count integer,
  review jsonb, applied boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  q record;
  changed pay.payment;
  event jsonb;
  woken text;
BEGIN
  PERFORM pay.durable();
  PERFORM pay.hurry();
  FOR q IN
    SELECT * FROM jsonb_to_recordset(asked)
      AS a (account text, id text, ref text, digest text, adopt boolean, subject text, review text, guess jsonb)
  LOOP
    IF q.guess IS NOT NULL THEN
      UPDATE pay.payment p SET
        state = q.guess->>'state',
        cause = CASE WHEN q.guess->>'state' = 'pending' THEN p.cause ELSE q.guess->>'cause' END,
        updated_at = (q.guess->>'at')::bigint,
        version = p.version + 1
      WHERE p.id = CASE WHEN q.id IS NULL
          THEN (SELECT r.id FROM pay.payment r WHERE r.account = q.account AND r.ref = q.ref)
          ELSE q.id END
        AND p.account = q.account AND p.state = 'pending' AND NOT p.reversed
        AND (q.ref IS NULL OR p.ref = q.ref)
        AND (q.guess->'amount' IS NULL OR (p.amount = (q.guess->>'amount')::bigint AND p.currency = q.guess->>'currency'))
        AND NOT EXISTS (SELECT FROM pay.inbox i WHERE i.payment_id = p.id AND i.digest = q.digest)
        AND NOT EXISTS (SELECT FROM pay.order_success o WHERE o.order_id = p.order_id)
      RETURNING p.* INTO changed;
      IF FOUND THEN
        -- Another statement may have written since this one began: the keys then refuse, and the caller reads first.
        INSERT INTO pay.history VALUES (changed.id, changed.version, changed.updated_at,
          q.guess->'fact', 'pending', changed.state, '[]');
        INSERT INTO pay.inbox VALUES (changed.id, q.digest, changed.updated_at);
        event := q.guess->'event';
        IF event IS NOT NULL THEN
          INSERT INTO pay.outbox VALUES (changed.id, changed.version, event->>'id', event->>'type', changed.updated_at,
            false, changed.state, changed.ref, changed.updated_at, changed.expires_at);
          woken := changed.id;
        END IF;
        IF (q.guess->>'claimsOrder')::boolean THEN
          INSERT INTO pay.order_success VALUES (changed.order_id, changed.id);
        END IF;
        RETURN QUERY SELECT to_jsonb(changed), NULL::boolean, NULL, NULL, NULL::jsonb, NULL::integer, NULL::jsonb, true;
        CONTINUE;
      END IF;
    END IF;
    RETURN QUERY SELECT l.payment, l.twin, l.order_paid_by, l.ref_owner, l.orphans, l.orphan_count, l.review, l.applied
      FROM pay.look(q.account, q.id, q.ref, q.digest, q.adopt, q.subject, q.review) l;
  END LOOP;
  -- For all of them together: a job only says that there is something.
  IF woken IS NOT NULL THEN PERFORM pay.wake(woken, NULL); END IF;
END
$$;

-- As processes of the version before ask.
CREATE OR REPLACE FUNCTION pay.settle(
  q_account text, q_id text, q_ref text, q_digest text, q_adopt boolean, q_subject text, q_review text, guess jsonb,
  OUT payment jsonb, OUT twin boolean, OUT order_paid_by text, OUT ref_owner text, OUT orphans jsonb,
  OUT orphan_count integer, OUT review jsonb, OUT applied boolean
)
LANGUAGE sql AS $$
  SELECT * FROM pay.settle_all(jsonb_build_array(jsonb_build_object('account', q_account, 'id', q_id, 'ref', q_ref,
    'digest', q_digest, 'adopt', q_adopt, 'subject', q_subject, 'review', q_review, 'guess', guess)))
$$;

-- As before, and what waited for this one is looked at in its turn.
CREATE OR REPLACE FUNCTION pay.conclude(
  pid text, of_handler text, of_sequence integer, of_attempt integer, outcome text, next_due bigint, failure text, review jsonb
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.durable();
  UPDATE pay.delivery d SET
    status = CASE WHEN outcome = 'retry' THEN CASE WHEN pay.is_overtaken(d) THEN 'superseded' ELSE 'due' END ELSE outcome END,
    due_at = coalesce(next_due, d.due_at), error = failure
  WHERE d.payment_id = pid AND d.handler = of_handler AND d.sequence = of_sequence
    AND d.attempts = of_attempt AND d.status = 'leased';
  IF NOT FOUND THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM pay.delivery d WHERE d.payment_id = pid AND d.handler = of_handler AND d.sequence > of_sequence
    AND d.status = 'due' AND pay.is_next(d))
  THEN
    PERFORM pay.wake(pid, NULL);
  ELSIF outcome = 'retry' THEN
    PERFORM pay.wake(pid, next_due);
  END IF;
  IF review IS NOT NULL THEN PERFORM pay.add_reviews(jsonb_build_array(review)); END IF;
  RETURN true;
END
$$;

-- Records how several deliveries ended.
CREATE FUNCTION pay.conclude_all(ends jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pay.hurry();
  PERFORM pay.conclude(id, handler, sequence, attempt, outcome, due, failure, review)
  FROM jsonb_to_recordset(ends) AS e (id text, handler text, sequence integer, attempt integer, outcome text, due bigint,
    failure text, review jsonb);
END
$$;
