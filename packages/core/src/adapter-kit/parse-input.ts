import * as v from "valibot";
import type { OptionsSchema, SchemaResult } from "../contract/packages.ts";
import { PayError, type PayErrorCode } from "../model/errors.ts";

type Texts = Readonly<Record<string, string>>;

/**
 * Reads what a user configured or asked for, strictly. The error names the first field that is wrong and what it must be,
 * never its value.
 *
 * @param mustBe what each field must be, by path; of a path that is not listed the next one above it that is
 * @param whole what to call the input itself
 * @throws PayError of the given code
 */
export function parseInput<T>(
  schema: v.GenericSchema<unknown, T>,
  input: unknown,
  code: PayErrorCode,
  mustBe: Texts,
  whole = "options",
): T {
  const result = v.safeParse(schema, input, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = pathOf(issue);
  if (path.length === 0) throw new PayError(code, `The ${whole} must be an object.`, { field: whole });
  const field = fieldOf(path);
  throw new PayError(code, `${field} must be ${textFor(issue, mustBe)}.`, { field });
}

/**
 * The same schema and texts for configurations: a Standard Schema, whose messages say what a field must be and never what
 * it was. The schema of an adapter package is made with it.
 */
export function optionsSchema<T>(schema: v.GenericSchema<unknown, T>, mustBe: Texts): OptionsSchema<T> {
  const validate = (value: unknown): SchemaResult<T> => {
    const result = v.safeParse(schema, value);
    if (result.success) return { value: result.output };
    const told = result.issues.map((issue) => ({ message: `must be ${textFor(issue, mustBe)}`, path: pathOf(issue) }));
    const unknown = furtherUnknown(schema, value, told).map((key) => ({
      message: `must be ${NOT_THERE}`,
      path: [key],
    }));
    return { issues: [...told, ...unknown] };
  };
  return { ...schema, "~standard": { version: 1, vendor: "valibot", validate } };
}

const NOT_THERE = "left out";

/** What a field must be: as listed, or as one above it is: of a key in a list it is the list's text that helps. */
function textFor(issue: v.BaseIssue<unknown>, mustBe: Texts): string {
  const path = pathOf(issue);
  if (path.length === 0) return "an object";
  // So valibot says that an object has a key too many: what the object must be is no remedy for that.
  const isSurplus = issue.expected === "never";
  const fields = isSurplus ? [path] : path.map((_, at) => path.slice(0, path.length - at));
  const listed = fields.map(fieldOf).find((field) => Object.hasOwn(mustBe, field));
  return listed === undefined ? NOT_THERE : mustBe[listed]!;
}

function pathOf({ path = [] }: { readonly path?: readonly { readonly key: unknown }[] | undefined }): string[] {
  return path.map(({ key }) => String(key));
}

/** Of several keys that it does not know, valibot names the first. */
function furtherUnknown(schema: object, value: unknown, told: readonly { readonly path: string[] }[]): string[] {
  const { entries } = schema as { readonly entries?: object };
  if (entries === undefined || typeof value !== "object" || value === null) return [];
  const isTold = (key: string) => Object.hasOwn(entries, key) || told.some(({ path: [first] }) => first === key);
  return Object.keys(value).filter((key) => !isTold(key));
}

function fieldOf(path: readonly string[]): string {
  return path.map(fieldName).join(".");
}

/** A key as an error may show it. One nobody knows may come from anywhere and hold anything, an address for example. */
export function fieldName(key: string): string {
  return /^(?:[A-Za-z_$][\w$-]{0,49}|\d{1,9})$/.test(key) ? key : "(an unknown name)";
}
