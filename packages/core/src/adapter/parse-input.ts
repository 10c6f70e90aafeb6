import * as v from "valibot";
import { PayError, type PayErrorCode } from "../model/errors.ts";

/**
 * Reads what a user configured or asked for, strictly. The error names the first field that is wrong and what it must be,
 * never its value.
 *
 * @param mustBe what each field must be, by path; what is not listed is not known at all and must be left out
 * @param whole what to call the input itself
 * @throws PayError of the given code
 */
export function parseInput<T>(
  schema: v.GenericSchema<unknown, T>,
  input: unknown,
  code: PayErrorCode,
  mustBe: Readonly<Record<string, string>>,
  whole = "options",
): T {
  const result = v.safeParse(schema, input, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]);
  if (path === null) throw new PayError(code, `The ${whole} must be an object.`, { field: whole });
  // A key nobody knows may come from anywhere.
  const field = path.slice(0, 80);
  throw new PayError(code, `${field} must be ${mustBe[field] ?? "left out"}.`, { field });
}
