-- True if a later success makes this undelivered event of its payment obsolete.
CREATE OR REPLACE FUNCTION pay.is_superseded_by_success(d pay.delivery) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT d.type IN ('payment.failed', 'payment.expired', 'payment.canceled') AND EXISTS (
    SELECT FROM pay.outbox later
    WHERE later.stream = d.stream AND later.sequence > d.sequence AND later.type = 'payment.succeeded'
  )
$$;
