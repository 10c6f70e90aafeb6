import { createServer } from "node:http";
import express from "express";
import pg from "pg";
import { listening } from "../harness/listening.ts";
import { SELLLY } from "../seed/records.ts";

/** The shop's own tables. An order has the id of the transaction that pays it. */
export const SCHEMA = `
  CREATE TABLE shop_order (
    id             text PRIMARY KEY,
    transaction_id text NOT NULL UNIQUE,
    status         text NOT NULL,
    paid_at        timestamptz
  );
  CREATE TABLE payment_log (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id       text NOT NULL REFERENCES shop_order,
    transaction_id text NOT NULL,
    message        text NOT NULL,
    logged_at      timestamptz NOT NULL DEFAULT now()
  )`;

/**
 * A handler as a shop writes it by hand after Sellly's sample, with Express and pg at their defaults. It is durable, but two simultaneous
 * copies of a callback both count as the first, and a crash loses the work after a payment.
 */
export default async function serve({ url }: { url: string }) {
  const pool = new pg.Pool({ connectionString: url });
  const app = express();
  app.get("/pay/callbacks/cards", async (request, response) => {
    const { id, secret_key, status } = request.query;
    if (secret_key !== SELLLY.secretKey) {
      response.status(403).send("Wrong key");
      return;
    }
    const { rows } = await pool.query("SELECT id, status FROM shop_order WHERE transaction_id = $1", [id]);
    const [order] = rows;
    if (order === undefined) {
      response.status(404).send("No such order");
      return;
    }
    if (status === "OK" && order.status !== "paid") await pay(pool, order.id, id);
    response.send("OK");
  });
  return listening(createServer(app), () => pool.end());
}

async function pay(pool: pg.Pool, orderId: string, transactionId: unknown): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("UPDATE shop_order SET status = 'paid', paid_at = now() WHERE id = $1", [orderId]);
    await client.query("INSERT INTO payment_log (order_id, transaction_id, message) VALUES ($1, $2, $3)", [
      orderId,
      transactionId,
      "Payment received",
    ]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
