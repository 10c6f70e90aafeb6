import { PayError } from "@pay/core";
import { isShowableName, suggestName, unknownNameRemedy } from "@pay/core/config";

/** Collects every mistake of a configuration, so that one error reports them all: paths and remedies, never values. */
export interface Problems {
  /** @param cause the underlying error, without its text */
  add(path: readonly string[], remedy: string, cause?: Error): void;
  /** Adds an unknown key, with the known one that it may misspell. */
  addUnknown(path: readonly string[], known: Iterable<string>): void;
  /** True if there is a problem at this path or below it. */
  at(path: readonly string[]): boolean;
  /** @throws PayError `INVALID_CONFIG` if there are any */
  check(): void;
}

interface Problem {
  readonly path: readonly string[];
  readonly field: string;
  readonly remedy: string;
  readonly cause: Error | undefined;
}

/** @param config as you wrote it: problems are reported in its order, and missing keys come last */
export function createProblems(config: unknown): Problems {
  const found: Problem[] = [];
  const add = (path: readonly string[], field: string, remedy: string, cause?: Error) =>
    found.push({ path, field, remedy, cause });
  return {
    add(path, remedy, cause) {
      add(path, fieldOf(config, path), remedy, cause);
    },
    addUnknown(path, known) {
      const [above, name] = [path.slice(0, -1), path.at(-1) ?? ""];
      const isShown = isShowableName(name) || suggestName(name, known) !== undefined;
      const last = isShown ? name : positionOf(config, above, name);
      const field = [fieldOf(config, above), last].filter((part) => part !== "").join(".");
      add(path, field, unknownNameRemedy(name, known));
    },
    at(path) {
      return found.some((problem) => path.every((key, at) => problem.path[at] === key));
    },
    check() {
      if (found.length === 0) return;
      const inOrder = found
        .map((problem) => ({ ...problem, place: placeOf(config, problem.path) }))
        .sort((one, other) => compare(one.place, other.place));
      const lines = inOrder.map(({ field, remedy }) => `- ${field}: ${remedy}`);
      const fields = [...new Set(inOrder.map(({ field }) => field))];
      throw new PayError("INVALID_CONFIG", `The configuration cannot be used:\n${lines.join("\n")}`, {
        field: fields[0],
        fields,
        cause: inOrder.find(({ cause }) => cause !== undefined)?.cause,
      });
    },
  };
}

function fieldOf(config: unknown, path: readonly string[]): string {
  return path.map((key, at) => (isShowableName(key) ? key : positionOf(config, path.slice(0, at), key))).join(".");
}

/** A name that may be a secret is reported by its position. */
function positionOf(config: unknown, above: readonly string[], key: string): string {
  const at = keysAt(config, above).indexOf(key);
  return at === -1 ? "(an unknown name)" : `(key ${at + 1})`;
}

function placeOf(config: unknown, path: readonly string[]): readonly number[] {
  return path.map((key, at) => {
    const place = keysAt(config, path.slice(0, at)).indexOf(key);
    return place === -1 ? Number.POSITIVE_INFINITY : place;
  });
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((place, index) => place !== other[index]);
  if (at === -1) return one.length - other.length;
  return one[at]! < (other[at] ?? -1) ? -1 : 1;
}

function keysAt(config: unknown, path: readonly string[]): readonly string[] {
  let value = config;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
