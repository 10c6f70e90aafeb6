/** Where a process is made to die. Random kills almost never hit the gaps that matter, above all that between commit and reply. */

/** Around what goes out and what comes in, on every store. */
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

/** SQLite: around every statement that writes a settlement, named as the statement begins. */
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
 * PostgreSQL: each call is one statement and one transaction, so a process can die before it is sent, while nobody knows
 * whether it was committed, or after. Handlers with a transaction have its steps besides.
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
