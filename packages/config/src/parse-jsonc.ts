import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** The parsed value, or the problem with its position and without any of the text. */
export type ParsedJsonc = { readonly value: object } | { readonly problem: string };

/** Parses JSON that may have comments and trailing commas. A key that is given twice is a problem: either may be the one you meant. */
export function parseJsonc(text: string): ParsedJsonc {
  // Editors on Windows put a byte order mark at the beginning of a file.
  const json = text.replace(/^\uFEFF/, "");
  const errors: ParseError[] = [];
  const root = parseTree(json, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const problem = printParseErrorCode(first.error)
      .replace(/\B[A-Z]/g, " $&")
      .toLowerCase();
    return { problem: `is not JSON: ${problem} at ${positionOf(json, first.offset)}` };
  }
  const repeated = repeatedKeys(root!).map((offset) => positionOf(json, offset));
  if (repeated.length > 0) return { problem: `repeats a key at ${repeated.join("; ")}` };
  return { value: getNodeValue(root!) };
}

/** Offsets of the keys that their object already has. */
function repeatedKeys({ children = [], type }: Node): readonly number[] {
  const seen = new Set<unknown>();
  return children.flatMap((child) => {
    const key = type === "object" ? child.children?.[0] : undefined;
    const isRepeated = key !== undefined && seen.has(key.value);
    if (key !== undefined) seen.add(key.value);
    return [...(isRepeated ? [key.offset] : []), ...repeatedKeys(child)];
  });
}

function positionOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|[\r\n]/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
