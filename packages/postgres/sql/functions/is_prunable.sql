-- True if the payment is finished, and so is every other attempt of its checkout key: the key would open such an attempt again.
CREATE OR REPLACE FUNCTION pay.is_prunable(p pay.payment, before_at bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT pay.is_finished(p, before_at) AND NOT EXISTS (
    SELECT FROM pay.payment other
    WHERE other.checkout_key = p.checkout_key AND other.id <> p.id AND NOT pay.is_finished(other, before_at)
  )
$$;
