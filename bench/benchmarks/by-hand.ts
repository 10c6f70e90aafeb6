import { join } from "node:path";
import type { PaymentRecord } from "@pay/core/store";
import { against, rates, type Subject } from "../harness/against.ts";
import { type Benchmark, type Context, moreThan } from "../harness/benchmark.ts";
import { mixed, selllyCallback } from "../harness/callbacks.ts";
import { ratioOf } from "../harness/pairs.ts";
import { SCHEMA } from "../references/express-pg.ts";
import { allDelivered, type BenchServer, insert, query, seedPostgres, withPostgres } from "../seed/postgres.ts";
import { inboxRows as inboxOf, seedSqlite, allDelivered as sqliteDelivered } from "../seed/sqlite.ts";
import { expectAll, PAY_POSTGRES } from "./postgres.ts";

const BY_HAND = new URL("../references/express-pg.ts", import.meta.url);
const PAY_SQLITE = new URL("../ours/pay-sqlite.ts", import.meta.url);
const SIZE = 8_000;

/** Sends the same callbacks to Pay and to a shop that has an order for each of Pay's payments. */
async function compare(
  context: Context,
  server: BenchServer,
  name: string,
  ours: Subject,
  records: readonly PaymentRecord[],
) {
  const url = await server.create(name);
  await query(url, SCHEMA);
  const orders = records.map(({ payment }) => ({
    id: payment.orderId,
    transaction_id: payment.providerReference,
    status: "open",
  }));
  await insert(url, "shop_order", orders);
  const byHand = { module: BY_HAND, options: { url }, expect: "200 OK" };
  const targets = mixed(records).map(selllyCallback);
  const pairs = await against(context, byHand, ours, { connections: 64, targets });
  const [{ paid } = { paid: 0 }] = await query<{ paid: number }>(
    url,
    "SELECT count(*)::int AS paid FROM shop_order o JOIN payment_log l ON l.order_id = o.id WHERE o.status = 'paid'",
  );
  if (paid !== targets.length)
    throw new Error(`${paid} orders were paid by hand for ${targets.length} acknowledgements.`);
  return { measured: ratioOf(pairs, ({ rate }) => rate), detail: `${rates(pairs)}; ${server.durability}` };
}

export const byHand: Benchmark = {
  name: "by-hand",
  run: (context) =>
    withPostgres(async (server) => {
      const count = (context.pairs + 1) * (context.isShort ? SIZE / 10 : SIZE);
      const path = join(context.folder, "ours.db");
      context.progress("seeding payments for SQLite");
      const inFile = await seedSqlite(path, "cards", count);
      const onSqlite: Subject = {
        module: PAY_SQLITE,
        options: { path },
        expect: "200 OK",
        idle: () => sqliteDelivered(path),
      };
      const sqlite = await compare(context, server, "by_hand_sqlite", onSqlite, inFile);
      if (inboxOf(path) !== count) throw new Error(`${inboxOf(path)} heard for ${count} acknowledgements.`);

      context.progress("seeding payments for PostgreSQL");
      const url = await server.create("ours");
      const inDatabase = await seedPostgres(url, "cards", count);
      const idle = () => allDelivered(url);
      const onPostgres: Subject = { module: PAY_POSTGRES, options: { url }, expect: "200 OK", idle };
      const postgres = await compare(context, server, "by_hand_postgres", onPostgres, inDatabase);
      await expectAll(url, count);
      return [
        { what: "ours on SQLite ÷ a handler by hand, Express and PostgreSQL", goal: moreThan(2), ...sqlite },
        { what: "ours on PostgreSQL ÷ the same handler", goal: moreThan(1), ...postgres },
      ];
    }),
};
