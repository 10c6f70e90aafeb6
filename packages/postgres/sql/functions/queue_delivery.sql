-- Queues a job that has a worker look for deliveries: now, or at `at`.
CREATE OR REPLACE FUNCTION pay.queue_delivery(stream text, at bigint) RETURNS void
LANGUAGE sql AS $$
  SELECT graphile_worker.add_job('pay_deliver', json_build_object('id', stream),
    run_at => CASE WHEN at IS NULL THEN NULL ELSE to_timestamp(at / 1000.0) END, max_attempts => 5)
$$;
