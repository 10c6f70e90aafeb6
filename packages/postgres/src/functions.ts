import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ClientBase } from "pg";
import { isChangedSignature } from "./errors.ts";
import { FUNCTION_FILES } from "./sql-files.ts";

type Client = Pick<ClientBase, "query">;

/** The functions of one version of this package. */
export interface FunctionSet {
  /** The package's version, e.g. `"1.2.3"`. */
  readonly version: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** The functions this process brings. */
export const OWN_FUNCTIONS: FunctionSet = {
  version: JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version,
  files: FUNCTION_FILES,
};

export function hashOf({ files }: FunctionSet): string {
  return createHash("sha256")
    .update(JSON.stringify(files.map(({ name, text }) => [name, text])))
    .digest("hex");
}

/**
 * True if the database has the functions of an older version, or others of the same version. An older process that starts
 * beside newer ones leaves their functions alone: newer functions accept the calls of every older version that knows the
 * same schema.
 */
export async function areOutdated(client: Client, own: FunctionSet): Promise<boolean> {
  const { rows } = await client.query("SELECT version, hash FROM pay.function_set");
  const [recorded] = rows;
  if (recorded === undefined) return true;
  const order = compareVersions(recorded.version, own.version);
  return order < 0 || (order === 0 && recorded.hash !== hashOf(own));
}

/** Replaces the functions and records whose they are. Other transactions see all of the old ones until the commit. */
export async function replaceFunctions(client: Client, own: FunctionSet): Promise<void> {
  // A body may call a function that is created later, so PostgreSQL checks the bodies only once all functions exist.
  await client.query("SET LOCAL check_function_bodies = off");
  const { rows: before } = await client.query("SELECT oid FROM pg_proc WHERE pronamespace = 'pay'::regnamespace");
  for (const { name, text } of own.files) {
    await client.query("SAVEPOINT replaced");
    try {
      await client.query(text);
    } catch (error) {
      // PostgreSQL replaces a body, but neither the names of parameters nor the type of the result.
      if (!isChangedSignature(error)) throw error;
      await client.query(`ROLLBACK TO replaced; DROP FUNCTION pay.${name}`);
      await client.query(text);
    }
    await client.query("RELEASE replaced");
  }
  await dropOverloaded(
    client,
    before.map(({ oid }) => oid),
  );
  await client.query(`SET LOCAL check_function_bodies = on; ${own.files.map(({ text }) => text).join("\n")}`);
  await client.query("DELETE FROM pay.function_set");
  await client.query("INSERT INTO pay.function_set (version, hash) VALUES ($1, $2)", [own.version, hashOf(own)]);
}

/**
 * A function with more parameters, or others, does not replace the one before: PostgreSQL keeps both, and a call that fits both fails.
 *
 * @param before the functions that were there before the new ones
 */
async function dropOverloaded(client: Client, before: readonly number[]): Promise<void> {
  const { rows } = await client.query(
    `SELECT old.oid::regprocedure AS signature FROM pg_proc old WHERE old.oid = ANY ($1) AND EXISTS (SELECT FROM pg_proc new
       WHERE new.pronamespace = old.pronamespace AND new.proname = old.proname AND new.oid <> ALL ($1))`,
    [before],
  );
  for (const { signature } of rows) await client.query(`DROP FUNCTION ${signature}`);
}

/** Negative if `a` is older. A pre-release counts as its release: what follows the three numbers is left out. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[-+]/)[0]!.split(".").map(Number));
  return left!.map((part, at) => part - (right![at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
