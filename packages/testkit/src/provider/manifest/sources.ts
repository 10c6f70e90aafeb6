import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { withoutComments } from "./find-secret-comparisons.ts";

/** Fails if the code of a source, without its comments, has such a text. `message` continues "a source". */
export function assertSourcesLack(
  sources: readonly (string | URL)[],
  pattern: RegExp,
  message: (found: string) => string,
): void {
  for (const source of sources) {
    const [found] = pattern.exec(withoutComments(readFileSync(source, "utf8"))) ?? [];
    assert.ok(found === undefined, `a source ${message(found ?? "")}`);
  }
}

/** What stands in the sources, without comments: whatever an adapter compares with is there, unless the adapter computes it. */
export interface SourceWords {
  /** Quoted texts, numbers and the keys of objects. */
  readonly texts: readonly string[];
  /** Words outside and inside of quotes. */
  readonly words: readonly string[];
}

export function wordsOf(sources: readonly (string | URL)[]): SourceWords {
  const code = sources.map((source) => withoutComments(readFileSync(source, "utf8"))).join("\n");
  const quoted = [...code.matchAll(/(["'`])((?:(?!\1)[^\\\n]){1,80})\1/g)].map(([, , text]) => text!);
  const words = code.match(/[\p{L}\p{N}_-]+/gu) ?? [];
  const keys = [...code.matchAll(/([\p{L}\p{N}_]+)\s*:/gu)].map(([, key]) => key!);
  const texts = [...quoted, ...keys, ...words.filter((word) => /^\d+$/.test(word))];
  return { texts: [...new Set(texts)], words: [...new Set(words)] };
}
