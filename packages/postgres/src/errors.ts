import { isPayError, PayError } from "@pay/core/store";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
const UNIQUE_VIOLATION = "23505";

/** Whether somebody else wrote what this statement was decided on: reading again and deciding anew helps. */
export function isConflict(error: unknown): boolean {
  return [SERIALIZATION_FAILURE, DEADLOCK_DETECTED, UNIQUE_VIOLATION].includes(stateOf(error) ?? "");
}

/** Turns what pg throws into an error that says what to do. Its own text may quote rows and addresses. */
export function storeError(error: unknown): PayError {
  if (isPayError(error)) return error;
  const state = stateOf(error);
  const cause = new Error(state === undefined ? "no answer from PostgreSQL" : `PostgreSQL error ${state}`);
  return new PayError("STORE_UNAVAILABLE", "PostgreSQL cannot be reached, or did not commit.", { cause });
}

/** SQLSTATE, or the code of a failed connection. */
function stateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[A-Z0-9_]{4,30}$/.test(code) ? code : undefined;
}
