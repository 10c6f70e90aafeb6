import { randomBytes } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { listening } from "../harness/listening.ts";

const BATCH = 128;

/**
 * The limit: node:http and node:sqlite, durable, all waiting callbacks in one COMMIT, and nothing else. It trusts every callback, knows no
 * state but "paid" and no payment but those it is given, and writes the same rows as Pay into Pay's tables with Pay's indexes. A callback
 * names its payment by `id` in the query. Then it writes the rows of a delivery as Pay does, with an empty handler.
 */
export default async function serve({ path, byPath }: { path: string; byPath?: boolean }) {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const find = db.prepare(
    byPath
      ? "SELECT * FROM payment WHERE id = ?"
      : "SELECT * FROM payment WHERE merchant_account = 'sellly:SHOP1' AND provider_reference = ?",
  );
  const pay = db.prepare(
    "UPDATE payment SET state = 'succeeded', cause = 'succeeded', updated_at = ?, version = version + 1 WHERE id = ?",
  );
  const note = db.prepare(
    "INSERT INTO history (payment_id, sequence, at, fact, from_state, to_state, reviews) VALUES (?, ?, ?, ?, 'pending', 'succeeded', '[]')",
  );
  const insertInbox = db.prepare("INSERT OR IGNORE INTO inbox (payment_id, digest, received_at) VALUES (?, ?, ?)");
  const claim = db.prepare("INSERT INTO order_success (order_id, payment_id) VALUES (?, ?)");
  const insertOutbox = db.prepare(
    "INSERT INTO outbox (stream, sequence, event_id, type, event) VALUES (?, ?, ?, 'payment.succeeded', ?)",
  );
  const dispatch = db.prepare(
    "INSERT INTO delivery (stream, handler, sequence, type, status, attempts, due_at) VALUES (?, 'deliver', ?, 'payment.succeeded', 'leased', 1, ?)",
  );
  const dispatched = db.prepare("UPDATE outbox SET dispatched = 1 WHERE stream = ? AND sequence = ?");
  const delivered = db.prepare(
    "UPDATE delivery SET status = 'delivered' WHERE stream = ? AND handler = 'deliver' AND sequence = ?",
  );

  let waiting: { id: string; response: ServerResponse }[] = [];
  let written: [string, number][] = [];
  let taken: [string, number][] = [];

  function update(id: string): void {
    const row = find.get(id) as Record<string, string | number>;
    const at = Date.now();
    const paymentId = row.id as string;
    const sequence = (row.version as number) + 1;
    const fact = {
      kind: "succeeded",
      providerReference: row.provider_reference,
      providerStatus: "OK",
      details: DETAILS,
    };
    const event = {
      id: `evt_${randomBytes(13).toString("hex")}`,
      sequence,
      occurredAt: at,
      type: "payment.succeeded",
      late: false,
      payment: { ...row, state: "succeeded" },
    };
    pay.run(at, paymentId);
    note.run(paymentId, sequence, at, JSON.stringify(fact));
    insertInbox.run(paymentId, randomBytes(32).toString("base64url"), at);
    claim.run(row.order_id!, paymentId);
    insertOutbox.run(paymentId, sequence, event.id, JSON.stringify(event));
    written.push([paymentId, sequence]);
  }

  function flush(): void {
    const batch = waiting.slice(0, BATCH);
    waiting = waiting.slice(BATCH);
    const [ends, begins] = [taken, written];
    [taken, written] = [begins, []];
    db.exec("BEGIN IMMEDIATE");
    for (const { id } of batch) update(id);
    for (const [id, sequence] of begins) {
      dispatch.run(id, sequence, Date.now() + 40_000);
      dispatched.run(id, sequence);
    }
    for (const [id, sequence] of ends) delivered.run(id, sequence);
    db.exec("COMMIT");
    for (const { response } of batch)
      response.writeHead(200, { "content-type": "text/plain", "content-length": 2 }).end("OK");
    if (waiting.length + written.length + taken.length > 0) setImmediate(flush);
    else isFlushing = false;
  }

  let isFlushing = false;
  const server = createServer((request, response) => {
    const url = request.url!;
    const id = byPath ? url.slice(url.indexOf("/pay_") + 1, url.lastIndexOf("/")) : /[?&]id=([^&]*)/.exec(url)![1]!;
    request.resume().on("end", () => {
      waiting.push({ id, response });
      if (isFlushing) return;
      isFlushing = true;
      setImmediate(flush);
    });
  });
  const setting = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const settings = async () => ({ journal_mode: setting("journal_mode"), synchronous: setting("synchronous") });
  return { ...(await listening(server, () => db.close())), run: settings };
}

const DETAILS = { operator: "cashbill", operator_id: "TEST_1234567890", payment_channel: "blik" };
