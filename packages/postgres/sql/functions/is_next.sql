-- True if the handler has no earlier undelivered event of the stream.
CREATE OR REPLACE FUNCTION pay.is_next(d pay.delivery) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT FROM pay.delivery earlier
    WHERE earlier.stream = d.stream AND earlier.handler = d.handler AND earlier.sequence < d.sequence
      AND earlier.status IN ('due', 'leased')
  )
$$;
