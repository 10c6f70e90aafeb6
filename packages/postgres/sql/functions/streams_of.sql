-- Whose events belong to a payment: the payment and its reviews. Of a review, it is the review alone.
CREATE OR REPLACE FUNCTION pay.streams_of(of_payment text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
  SELECT of_payment UNION ALL SELECT r.id FROM pay.review r WHERE r.payment_id = of_payment
$$;
