import type { PaymentId, PaymentStore, Pruned, PruneRequest } from "@pay/core/store";
import type { Database } from "./database.ts";
import { isConflict } from "./errors.ts";
import type { Sql } from "./rows.ts";

/** Before every payment there is. */
const START = { updatedAt: Number.MIN_SAFE_INTEGER, paymentId: "" };

/** The method that removes finished payments. */
export function createPruning({ sql }: Database): Pick<PaymentStore, "prune"> {
  return { prune: (request) => prune(sql, request) };
}

async function prune(sql: Sql, request: PruneRequest): Promise<readonly Pruned[]> {
  const { after = START, before, dryRun = false, limit } = request;
  const statement = `SELECT id, updated_at::float8 FROM pay.${dryRun ? "prunable" : "prune"}($1, $2, $3, $4)`;
  const attempt = () => sql(statement, [before, after.updatedAt, after.paymentId, limit]);
  // Where the database isolates more than it must, what another process has written meanwhile is a conflict.
  const rows = await attempt().catch((error) => {
    if (!isConflict(error)) throw error;
    return attempt();
  });
  return rows.map(({ id, updated_at }) => ({ paymentId: id as PaymentId, updatedAt: updated_at as number }));
}
