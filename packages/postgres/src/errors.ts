import { isPayError, PayError } from "@pay/core/store";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
const UNIQUE_VIOLATION = "23505";
const INVALID_FUNCTION_DEFINITION = "42P13";
const UNDEFINED_COLUMN = "42703";
const UNDEFINED_FUNCTION = "42883";
const UNDEFINED_TABLE = "42P01";
const UNDEFINED_OBJECT = "42704";
const INVALID_AUTHORIZATION = "28000";
const INVALID_PASSWORD = "28P01";
const NO_SUCH_DATABASE = "3D000";
const INSUFFICIENT_PRIVILEGE = "42501";
const TOO_MANY_CONNECTIONS = "53300";

/** True if another transaction changed what this statement depends on: the caller reads and decides again. */
export function isConflict(error: unknown): boolean {
  return [SERIALIZATION_FAILURE, DEADLOCK_DETECTED, UNIQUE_VIOLATION].includes(stateOf(error) ?? "");
}

/** True if the server reports that the statement failed and wrote nothing. False if the server is going down. */
export function isAnswer(error: unknown): boolean {
  // Codes of broken connections, such as EPIPE, have no digit.
  return /^(?!08|57P)(?=.*\d)[A-Z0-9]{5}$/.test(stateOf(error) ?? "");
}

/** True if a statement names a table, column or function that does not exist. */
export function isMissing(error: unknown): boolean {
  return [UNDEFINED_COLUMN, UNDEFINED_FUNCTION, UNDEFINED_TABLE, UNDEFINED_OBJECT].includes(stateOf(error) ?? "");
}

/** True if an existing function has other parameter names or another result, which PostgreSQL does not replace. */
export function isChangedSignature(error: unknown): boolean {
  return stateOf(error) === INVALID_FUNCTION_DEFINITION;
}

/** Turns an error of pg into one with a remedy. The text of pg may quote rows and addresses, so it is left out. */
export function storeError(error: unknown): PayError {
  if (isPayError(error)) return error;
  const state = stateOf(error);
  const cause = new Error(state === undefined ? "no answer from PostgreSQL" : `PostgreSQL error ${state}`);
  const message = "PostgreSQL cannot be reached, or did not commit; try again.";
  return new PayError("STORE_UNAVAILABLE", message, { cause: Object.assign(cause, { code: state }) });
}

/** Turns an error of the start into one that names the server and the remedy. */
export function startError(error: unknown, name: string, isToRead = false): PayError {
  if (isPayError(error)) return error;
  const state = stateOf(error);
  const cause = new Error(state ?? "no answer");
  if (state === INSUFFICIENT_PRIVILEGE) return isToRead ? mayNotRead(name, cause) : noRights(name, cause);
  return new PayError("STORE_UNAVAILABLE", `${name} ${startRemedy(state, error)}`, { cause });
}

function startRemedy(state: string | undefined, error: unknown): string {
  // pg gives no code if the URL has no password to answer the server with.
  if (state === undefined && /^SASL|password/i.test((error as Error).message)) return BAD_LOGIN;
  switch (state) {
    case INVALID_AUTHORIZATION:
    case INVALID_PASSWORD:
      return BAD_LOGIN;
    case NO_SUCH_DATABASE:
      return "has no such database: create it, or correct its name.";
    case TOO_MANY_CONNECTIONS:
      return "has no connection left; raise its max_connections, or lower the option connections.";
    default:
      // A SQLSTATE has five characters: the server answered with an error.
      return state?.length === 5 && /\d/.test(state)
        ? "cannot be used now; its log says why, under the code in the cause of this error."
        : "cannot be reached; check its host, port and TLS settings, and whether it runs.";
  }
}

const BAD_LOGIN = "refuses this user, this password, or connections from here; correct them, or its pg_hba.conf.";

/** The user may connect, but lacks a right that the store needs. */
export function noRights(name: string, cause?: Error): PayError {
  const first = "to create schemas in this database on the first start (GRANT CREATE ON DATABASE)";
  const after = "and from then on to own the schemas pay and graphile_worker, and every table and function in them";
  const message = `${name} does not give this user the rights it needs: ${first}, ${after}.`;
  return new PayError("STORE_UNAVAILABLE", message, { cause });
}

function mayNotRead(name: string, cause: Error): PayError {
  const rights = "GRANT USAGE ON SCHEMA pay, and SELECT ON ALL TABLES IN SCHEMA pay";
  return new PayError("STORE_UNAVAILABLE", `${name} does not let this user read: ${rights}.`, { cause });
}

/** SQLSTATE, or the code of a failed connection: of an error of pg, or of one of the store that it became. */
function stateOf(error: unknown): string | undefined {
  const { code } = ((isPayError(error) ? error.cause : error) ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z0-9_]{4,30}$/.test(code) ? code : undefined;
}
