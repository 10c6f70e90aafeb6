import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** A text that was read, or what is wrong with it and where: never what stands there. */
export type ReadText = { readonly value: object } | { readonly problem: string };

/** JSON that may have comments and trailing commas. Of a key given twice nobody knows which was meant. */
export function readConfigText(text: string): ReadText {
  // Editors on Windows begin a file with a mark.
  const json = text.replace(/^\uFEFF/, "");
  const errors: ParseError[] = [];
  const root = parseTree(json, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const what = printParseErrorCode(first.error)
      .replace(/\B[A-Z]/g, " $&")
      .toLowerCase();
    return { problem: `is not JSON: ${what} at ${placeOf(json, first.offset)}` };
  }
  const repeated = repeatedKeys(root!).map((offset) => placeOf(json, offset));
  if (repeated.length > 0) return { problem: `has a key for the second time: ${repeated.join("; ")}` };
  return { value: getNodeValue(root!) };
}

/** Offsets of keys that their object has already. */
function repeatedKeys({ children = [], type }: Node): readonly number[] {
  const seen = new Set<unknown>();
  return children.flatMap((child) => {
    const key = type === "object" ? child.children?.[0] : undefined;
    const isRepeated = key !== undefined && seen.has(key.value);
    if (key !== undefined) seen.add(key.value);
    return [...(isRepeated ? [key.offset] : []), ...repeatedKeys(child)];
  });
}

function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|[\r\n]/);
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
