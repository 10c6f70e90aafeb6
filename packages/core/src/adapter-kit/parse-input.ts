import * as v from "valibot";
import type { OptionsSchema, SchemaResult } from "../contract/packages.ts";
import { PayError, type PayErrorCode } from "../model/errors.ts";
import { isShowableName, sentence, unknownNameRemedy } from "../security/names.ts";
import { givenTextRemedy, isGivenText } from "./given-text.ts";

type Texts = Readonly<Record<string, string>>;

/**
 * Parses a user's configuration or request, strictly. The error names the first wrong field and what it must be, never its value.
 *
 * @param mustBe what each field must be, by path. An unlisted path uses the text of the nearest listed path above it
 * @param whole name of the input itself, for the error
 * @throws PayError with the given code
 */
export function parseInput<T>(
  schema: v.GenericSchema<unknown, T>,
  input: unknown,
  code: PayErrorCode,
  mustBe: Texts,
  whole = "options",
): T {
  // Not `abortEarly`: a list then hides from its union which of its texts is wrong.
  const result = v.safeParse(schema, input, { abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = pathOf(issue);
  if (path.length === 0) throw new PayError(code, `The ${whole} must be an object.`, { field: whole });
  const field = shownField(schema, path);
  throw new PayError(code, sentence(`${field} ${remedyFor(schema, issue, mustBe)}`), { field });
}

/**
 * Makes the options schema of an adapter package from the same schema and texts: a Standard Schema whose messages say what a field must be,
 * never its value.
 */
export function optionsSchema<T>(schema: v.GenericSchema<unknown, T>, mustBe: Texts): OptionsSchema<T> {
  const validate = (value: unknown): SchemaResult<T> => {
    const result = v.safeParse(schema, value);
    if (result.success) return { value: result.output };
    const found = result.issues.map((issue) => ({
      message: remedyFor(schema, issue, mustBe),
      path: pathOf(issue),
    }));
    const unknown = furtherUnknown(schema, value, found).map((key) => ({
      message: unknownNameRemedy(key, namesAt(schema, [])),
      path: [key],
    }));
    return { issues: [...found, ...unknown] };
  };
  return { ...schema, "~standard": { version: 1, vendor: "valibot", validate } };
}

const NOT_THERE = "left out";

/** What a field must be: its own text, or that of a path above it. For a key inside a list, the list's text helps. */
function textFor(issue: v.BaseIssue<unknown>, mustBe: Texts): string {
  const path = pathOf(issue);
  if (path.length === 0) return "an object";
  // Valibot reports a surplus key this way. What the object must be is no remedy for it.
  const isSurplus = issue.expected === "never";
  const fields = isSurplus ? [path] : path.map((_, at) => path.slice(0, path.length - at));
  const listed = fields.map(fieldOf).find((field) => Object.hasOwn(mustBe, field));
  return listed === undefined ? NOT_THERE : mustBe[listed]!;
}

/** A key that no entry has is left out. */
function remedyFor(schema: object, issue: v.BaseIssue<unknown>, mustBe: Texts): string {
  const path = pathOf(issue);
  if (issue.requirement === isGivenText) return givenTextRemedy(issue.input as string)!;
  const name = path.at(-1) ?? "";
  const known = namesAt(schema, path.slice(0, -1));
  const isUnknown = issue.expected === "never" && !known.includes(name);
  return isUnknown ? unknownNameRemedy(name, known) : `must be ${textFor(issue, mustBe)}`;
}

/** The names of the fields at a path of the schema; empty if it lists none there. */
function namesAt(schema: object, path: readonly string[]): readonly string[] {
  const { entries, item, options, wrapped } = schema as {
    readonly entries?: Readonly<Record<string, object>>;
    readonly item?: object;
    readonly options?: readonly (object | string)[];
    readonly wrapped?: object;
  };
  if (wrapped !== undefined) return namesAt(wrapped, path);
  if (options !== undefined) {
    return options.filter((one) => typeof one === "object").flatMap((one) => namesAt(one, path));
  }
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(entries ?? {});
  const inner = item ?? (entries && Object.hasOwn(entries, first) ? entries[first] : undefined);
  return inner === undefined ? [] : namesAt(inner, rest);
}

function pathOf({ path = [] }: { readonly path?: readonly { readonly key: unknown }[] | undefined }): string[] {
  return path.map(({ key }) => String(key));
}

/** Valibot names only the first of several unknown keys. */
function furtherUnknown(schema: object, value: unknown, found: readonly { readonly path: string[] }[]): string[] {
  const { entries } = schema as { readonly entries?: object };
  if (entries === undefined || typeof value !== "object" || value === null) return [];
  const isFound = (key: string) => Object.hasOwn(entries, key) || found.some(({ path: [first] }) => first === key);
  return Object.keys(value).filter((key) => !isFound(key));
}

function fieldOf(path: readonly string[]): string {
  return path.join(".");
}

/** The path as an error may show it. The schema's own names are shown, whatever they look like. */
function shownField(schema: object, path: readonly string[]): string {
  return path.map((key, at) => (namesAt(schema, path.slice(0, at)).includes(key) ? key : fieldName(key))).join(".");
}

/** Returns a key as an error may show it. An unknown key may hold anything, for example an address or a secret. */
export function fieldName(key: string): string {
  return isShowableName(key) || /^__[a-z]{1,20}__$/i.test(key) ? key : "(an unknown name)";
}
