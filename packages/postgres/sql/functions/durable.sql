-- A commit that Pay acknowledges must survive a crash of the server, so the role's or database's own setting does not count.
CREATE OR REPLACE FUNCTION pay.durable() RETURNS void
LANGUAGE sql AS $$ SELECT set_config('synchronous_commit', 'on', true) $$;
