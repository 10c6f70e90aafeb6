import { hash } from "node:crypto";

/** Folds plain values into 43 characters, so that equal interpretations are found by one index lookup. Absent values count. */
export function digestOf(values: readonly (string | number | undefined)[]): string {
  return hash("sha256", JSON.stringify(values), "base64url");
}
