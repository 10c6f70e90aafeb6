import type { WireAnswer } from "../fixtures/wire.ts";

type Path = readonly string[];

/** A text or a number in an answer, and the answer with another JSON value in its place. */
export interface Said {
  /** Its number among the values of the answer. */
  readonly at: number;
  readonly name: string;
  /** The names of the objects around it and its own: `amount.value`. */
  readonly path: string;
  readonly value: unknown;
  with(other: unknown): WireAnswer;
}

/** Each value in an answer: the values of JSON, or the words of any other text. */
export function saidIn(answer: WireAnswer): readonly Said[] {
  const json = parsed(answer.body);
  if (json === undefined) return wordsIn(answer);
  return pathsIn(json).map(({ path, value }, at) => ({
    at,
    name: path.at(-1) ?? "",
    path: path.join("."),
    value,
    with: (other) => ({ ...answer, body: JSON.stringify(withValue(json, path, other)) }),
  }));
}

function wordsIn(answer: WireAnswer): readonly Said[] {
  const pieces = answer.body.split(/(\s+)/);
  const words = [...pieces.entries()].filter(([, piece]) => piece.trim() !== "");
  return words.map(([place, value], at) => ({
    at,
    name: "",
    path: "",
    value,
    with: (other) => ({ ...answer, body: pieces.with(place, String(other)).join("") }),
  }));
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The path of each value that holds no other values. */
export function pathsIn(value: unknown, path: Path = []): readonly { readonly path: Path; readonly value: unknown }[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]));
}

function withValue(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  const parent = value as Readonly<Record<string, unknown>>;
  const copy = Array.isArray(value) ? [...value] : { ...parent };
  return Object.assign(copy, { [key]: withValue(parent[key], rest, other) });
}
