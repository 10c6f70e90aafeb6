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
