import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { Logger, parseCronItems, run } from "graphile-worker";
import pg from "pg";
import { listening } from "../harness/listening.ts";

/** As many as Pay has by default, for callbacks and the queue together. */
const CONNECTIONS = 10;
const CONCURRENCY = 16;

/**
 * The limit: node:http and pg, durable, a prepared statement for a callback, and nothing else. It believes every callback,
 * knows no state but "paid" and only the payments that callbacks name, and writes the rows that Pay writes, into Pay's tables with
 * Pay's indexes, the job of the same queue included; a callback names its payment by `id` in the query. Then it "delivers": one
 * statement leaves the rows of a delivery as Pay leaves them, and the handler is nothing.
 */
export default async function serve({ url }: { url: string }) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on("error", () => {}).on("connect", (client) => client.on("error", () => {}));
  const runner = await run({
    pgPool: pool,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    parsedCronItems: parseCronItems([]),
    taskList: {
      async pay_deliver(payload) {
        await pool.query({ name: "deliver", text: DELIVER, values: [(payload as { id: string }).id, Date.now()] });
      },
    },
  });

  const server = createServer((request, response) => {
    const providerReference = /[?&]id=([^&]*)/.exec(request.url!)![1]!;
    request.resume().on("end", async () => {
      const fact = JSON.stringify({ kind: "succeeded", providerReference, providerStatus: "OK", details: DETAILS });
      const digest = randomBytes(32).toString("base64url");
      const eventId = `evt_${randomBytes(13).toString("hex")}`;
      await pool.query({
        name: "record",
        text: RECORD,
        values: [providerReference, Date.now(), fact, digest, eventId],
      });
      response.writeHead(200, { "content-type": "text/plain", "content-length": 2 }).end("OK");
    });
  });
  return listening(server, async () => {
    await runner.stop();
    await pool.end();
  });
}

const DETAILS = { operator: "cashbill", operator_id: "TEST_1234567890", payment_channel: "blik" };

const RECORD = `
  WITH paid AS (
    UPDATE pay.payment SET state = 'succeeded', cause = 'succeeded', updated_at = $2, version = version + 1
    WHERE merchant_account = 'sellly:SHOP1' AND provider_reference = $1
    RETURNING *
  ), noted AS (
    INSERT INTO pay.history (payment_id, sequence, at, fact, from_state, to_state, reviews)
    SELECT id, version, $2, $3::jsonb, 'pending', 'succeeded', '[]' FROM paid
  ), heard AS (
    INSERT INTO pay.inbox (payment_id, digest, received_at) SELECT id, $4, $2 FROM paid
  ), claimed AS (
    INSERT INTO pay.order_success (order_id, payment_id) SELECT order_id, id FROM paid
  ), told AS (
    INSERT INTO pay.outbox (stream, sequence, event_id, type, occurred_at, late, state, provider_reference, updated_at,
      expires_at)
    SELECT id, version, $5, 'payment.succeeded', $2, false, state, provider_reference, updated_at, expires_at FROM paid
  )
  SELECT graphile_worker.add_job('pay_deliver', json_build_object('id', id), max_attempts => 5) FROM paid`;

const DELIVER = `
  WITH dispatched AS (
    UPDATE pay.outbox SET dispatched = true WHERE stream = $1 AND NOT dispatched
    RETURNING stream, sequence, type
  )
  INSERT INTO pay.delivery (stream, handler, sequence, type, status, attempts, due_at)
  SELECT stream, 'deliver', sequence, type, 'delivered', 1, $2 FROM dispatched`;
