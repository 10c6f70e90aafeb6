import type { TestServer } from "./server.ts";

const CATALOGS = ["namespace", "class", "attrdef", "proc", "constraint", "type", "trigger", "policy"];
/** Before it come the oids of what every database has. */
const FIRST_OWN_OID = 16_384;

/**
 * A database's own catalog entries and rows, each with the transaction that wrote it: equal to another dump only if nothing
 * was written in between, not even the same again.
 */
export async function dump({ rows }: Pick<TestServer, "rows">, url: string): Promise<readonly unknown[]> {
  const relations = await rows(
    url,
    `SELECT oid::regclass::text AS name, relkind AS kind FROM pg_class
     WHERE relkind IN ('r', 'S') AND oid >= ${FIRST_OWN_OID} ORDER BY 1`,
  );
  const parts = relations.map(({ name, kind }) =>
    kind === "S"
      ? `SELECT '${name}' AS name, last_value::text AS xmin, is_called::text AS ctid, NULL::jsonb AS row FROM ${name}`
      : `SELECT '${name}', xmin::text, ctid::text, to_jsonb(t) FROM ${name} t`,
  );
  for (const catalog of CATALOGS) {
    parts.push(
      `SELECT '${catalog}', xmin::text, ctid::text, NULL::jsonb FROM pg_${catalog} WHERE oid >= ${FIRST_OWN_OID}`,
    );
  }
  return rows(url, `${parts.join(" UNION ALL ")} ORDER BY 1, 3`);
}
