import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { meant } from "./names.ts";
import type { Problems } from "./problems.ts";

/** Where values that must not stand in a file come from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that paths of files start from. */
  readonly folder: string;
}

const KINDS: readonly string[] = ["env", "file"];

/**
 * A copy with every `{ "env": "NAME" }` replaced by that variable's text, and every `{ "file": "path" }` by that file's, without the end
 * of its last line. What is missing or empty is a problem, and absent from the copy.
 */
export function resolveReferences(
  value: unknown,
  path: readonly string[],
  sources: Sources,
  problems: Problems,
): unknown {
  if (Array.isArray(value)) {
    return value.map((item, at) => resolveReferences(item, [...path, String(at)], sources, problems));
  }
  if (!isPlainObject(value) || isMade(value, path)) return value;
  // An instance may be called env.
  const isAtText = path.length > 1 || (path.length === 1 && path[0] !== "providers");
  if (isAtText && isReference(value)) return resolveReference(value, path, sources, problems);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveReferences(inner, [...path, key], sources, problems)]),
  );
}

export function isReference(value: unknown): boolean {
  const keys = isPlainObject(value) ? Object.keys(value) : [];
  return keys.length > 0 && keys.every((key) => KINDS.includes(key));
}

/** What a configuration in TypeScript has made already, a provider or a store, is nobody's to copy. It may have functions itself. */
function isMade(value: Readonly<Record<string, unknown>>, path: readonly string[]): boolean {
  if (path.length === 0 || typeof value.use === "string") return false;
  return Object.values(value).some((inner) => typeof inner === "function");
}

/** What to say besides of a value that is refused, where it may have been meant for a reference. */
export function hintAt(value: unknown): string {
  const isMeant = isPlainObject(value) && Object.keys(value).some((key) => meant(key, KINDS));
  return isMeant ? '; kept elsewhere, it is { "env": "NAME" } or { "file": "path" } with nothing beside' : "";
}

function resolveReference(
  { env, file }: Readonly<Record<string, unknown>>,
  path: readonly string[],
  sources: Sources,
  problems: Problems,
) {
  if (env !== undefined && file !== undefined) {
    problems.add(path, "must have env or file, not both");
    return undefined;
  }
  return file === undefined
    ? fromEnvironment(env, [...path, "env"], sources, problems)
    : fromFile(file, [...path, "file"], sources, problems);
}

/** The variable is told by the path alone: somebody may have put the secret itself where its name belongs. */
function fromEnvironment(name: unknown, path: readonly string[], { env }: Sources, problems: Problems) {
  if (typeof name !== "string" || name === "") {
    problems.add(path, "must be the name of a variable of the environment");
    return undefined;
  }
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  if (text) return text;
  problems.add(path, text === "" ? "the variable named here is empty" : "the variable named here is not set");
  return undefined;
}

function fromFile(file: unknown, path: readonly string[], { folder }: Sources, problems: Problems) {
  if (typeof file !== "string" || file === "") {
    problems.add(path, "must be the path of a file");
    return undefined;
  }
  try {
    const text = readFileSync(resolve(folder, file), "utf8").replace(/\r?\n$/, "");
    if (text !== "") return text;
    problems.add(path, "the file is empty");
  } catch (error) {
    const { code } = error as { code?: string };
    problems.add(path, `the file cannot be read (${code ?? "unknown"})`);
  }
  return undefined;
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<string, unknown>> | null | undefined)?.[key],
    value,
  );
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
