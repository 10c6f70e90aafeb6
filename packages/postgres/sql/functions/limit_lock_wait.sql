-- A locked row must not delay the other queries of its statement: after this time the statement fails, and the store repeats
-- its queries one by one.
CREATE OR REPLACE FUNCTION pay.limit_lock_wait() RETURNS void
LANGUAGE sql AS $$ SELECT set_config('lock_timeout', '2s', true) $$;
