-- Finds at most one payment: by id if the query names one, otherwise by merchant account and provider reference.
CREATE OR REPLACE FUNCTION pay.find_payment(q_merchant_account text, q_payment_id text, q_provider_reference text)
RETURNS SETOF pay.payment
LANGUAGE sql STABLE AS $$
  SELECT * FROM pay.payment
  WHERE merchant_account = q_merchant_account
    AND id = CASE WHEN q_payment_id IS NULL
      THEN (SELECT p.id FROM pay.payment p
        WHERE p.merchant_account = q_merchant_account AND p.provider_reference = q_provider_reference)
      ELSE q_payment_id END
$$;
