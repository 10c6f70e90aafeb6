-- Unmatched notifications under these subjects, oldest first.
CREATE OR REPLACE FUNCTION pay.waiting_unmatched(q_merchant_account text, subjects text[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(u) ORDER BY received_at, digest), '[]')
  FROM pay.unmatched u WHERE merchant_account = q_merchant_account AND subject = ANY (subjects)
$$;
