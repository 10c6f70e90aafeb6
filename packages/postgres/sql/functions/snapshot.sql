-- Reads what the rule decides on. STABLE: every part is read as of the same moment.
CREATE OR REPLACE FUNCTION pay.snapshot(
  q_merchant_account text, q_payment_id text, q_provider_reference text, q_digest text, q_adopt boolean, q_subject text,
  q_review text, q_open_reviews boolean,
  OUT payment jsonb, OUT duplicate boolean, OUT order_paid_by text, OUT provider_reference_owner text,
  OUT unmatched_notifications jsonb, OUT unmatched_count integer, OUT review jsonb, OUT open_reviews jsonb, OUT applied boolean
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_payment pay.payment;
BEGIN
  applied := false;
  SELECT * INTO found_payment FROM pay.find_payment(q_merchant_account, q_payment_id, q_provider_reference);
  IF found_payment.id IS NOT NULL THEN
    payment := to_jsonb(found_payment);
    duplicate := EXISTS (SELECT FROM pay.inbox i WHERE i.payment_id = found_payment.id AND i.digest = q_digest);
    order_paid_by := (SELECT o.payment_id FROM pay.order_success o WHERE o.order_id = found_payment.order_id);
    unmatched_count := 0;
  ELSE
    duplicate := EXISTS (SELECT FROM pay.unmatched u
      WHERE u.merchant_account = q_merchant_account
        AND u.subject = coalesce(q_payment_id, q_provider_reference, '') AND u.digest = q_digest);
    unmatched_count := (SELECT count(*) FROM pay.unmatched u WHERE u.merchant_account = q_merchant_account);
  END IF;
  IF q_provider_reference IS NOT NULL THEN
    provider_reference_owner := (SELECT p.id FROM pay.payment p
      WHERE p.merchant_account = q_merchant_account AND p.provider_reference = q_provider_reference);
  END IF;
  IF q_adopt THEN
    unmatched_notifications := pay.waiting_unmatched(q_merchant_account,
      ARRAY[coalesce(found_payment.id, q_payment_id), q_provider_reference, q_subject]);
  END IF;
  IF q_review IS NOT NULL THEN
    review := (SELECT to_jsonb(r) FROM pay.review r WHERE r.id = q_review);
  END IF;
  IF q_open_reviews THEN
    open_reviews := (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.opened_at, r.id) FROM pay.review r
      WHERE r.payment_id = found_payment.id AND r.status = 'open');
  END IF;
END
$$;
