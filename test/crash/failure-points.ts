/** The points at which a process is killed. Random kills almost never hit the important gaps, above all that between commit and reply. */

/** Around requests and callbacks, on every store. */
const EVERYWHERE = [
  "before the outbound request",
  "after the outbound request",
  "before the reply",
  "after the reply",
  "before the handler",
  "after the handler",
  "before the delivered mark",
  "after the delivered mark",
] as const;

/** SQLite: around every writing statement, named by the statement's beginning. */
const SQLITE = [
  "before BEGIN",
  "after BEGIN",
  "after INSERT INTO payment",
  "after UPDATE payment",
  "after INSERT INTO history",
  "after INSERT OR IGNORE INTO inbox",
  "after INSERT INTO order_success",
  "after INSERT INTO outbox",
  "after INSERT OR IGNORE INTO unmatched",
  "after DELETE FROM unmatched",
  "after INSERT INTO delivery",
  "before COMMIT",
  "after COMMIT",
] as const;

/**
 * PostgreSQL: each call is one statement and one transaction, so a process can die before it is sent, while the commit is uncertain, or
 * after it. Handlers with a transaction have its steps too.
 */
const CALLS = [
  "pay.insert_payment",
  "pay.update_all",
  "pay.write_changes",
  "pay.lease_deliveries",
  "pay.finish_delivery",
  "pay.finish_deliveries",
] as const;
const MOMENTS = ["before", "during", "after"] as const;
const POSTGRES = [
  ...CALLS.flatMap((call) => MOMENTS.map((moment) => `${moment} ${call}` as const)),
  "after BEGIN",
  "after INSERT INTO shop_grant",
  "before COMMIT",
  "during COMMIT",
  "after COMMIT",
] as const;

export type StoreKind = "sqlite" | "postgres";

export const FAILURE_POINTS: Readonly<Record<StoreKind, readonly string[]>> = {
  sqlite: [...EVERYWHERE, ...SQLITE],
  postgres: [...EVERYWHERE, ...POSTGRES],
};
