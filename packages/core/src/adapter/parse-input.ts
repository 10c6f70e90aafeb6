import * as v from "valibot";
import type { OptionsSchema, SchemaResult } from "../contract/packages.ts";
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
  const path = result.issues[0].path ?? [];
  if (path.length === 0) throw new PayError(code, `The ${whole} must be an object.`, { field: whole });
  const field = fieldOf(path.map(({ key }) => String(key)));
  throw new PayError(code, `${field} must be ${mustBe[field] ?? "left out"}.`, { field });
}

/**
 * The same schema and texts for configurations: a Standard Schema, whose messages say what a field must be and never what
 * it was. The schema of an adapter package is made with it.
 */
export function optionsSchema<T>(
  schema: v.GenericSchema<unknown, T>,
  mustBe: Readonly<Record<string, string>>,
): OptionsSchema<T> {
  const validate = (value: unknown): SchemaResult<T> => {
    const result = v.safeParse(schema, value);
    if (result.success) return { value: result.output };
    const paths = result.issues.map(({ path = [] }) => path.map(({ key }) => String(key)));
    return {
      issues: [...paths, ...furtherUnknown(schema, value, paths)].map((path) => ({
        message: path.length === 0 ? "must be an object" : `must be ${mustBe[fieldOf(path)] ?? "left out"}`,
        path,
      })),
    };
  };
  return { ...schema, "~standard": { version: 1, vendor: "valibot", validate } };
}

/** Of several keys that it does not know, valibot names the first. */
function furtherUnknown(schema: object, value: unknown, found: readonly (readonly string[])[]): string[][] {
  const { entries } = schema as { readonly entries?: object };
  if (entries === undefined || typeof value !== "object" || value === null) return [];
  const isTold = (key: string) => Object.hasOwn(entries, key) || found.some(([first]) => first === key);
  return Object.keys(value)
    .filter((key) => !isTold(key))
    .map((key) => [key]);
}

function fieldOf(path: readonly string[]): string {
  return path.map(fieldName).join(".");
}

/** A key as an error may show it. One nobody knows may come from anywhere and hold anything, an address for example. */
export function fieldName(key: string): string {
  return /^(?:[A-Za-z_$][\w$-]{0,49}|\d{1,9})$/.test(key) ? key : "(an unknown name)";
}
