import { PayError } from "../model/errors.ts";

const DEPTH_LIMIT = 32;
const FORBIDDEN_KEY = "__proto__";

/**
 * Parses JSON without the ambiguities of `JSON.parse`, which takes the last of two equal keys, keeps `__proto__` and accepts any depth.
 *
 * @throws PayError `MALFORMED` for invalid UTF-8 or JSON, repeated keys, `__proto__`, NUL, lone surrogates, or more than 32 levels
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let value: unknown;
  const text = decodeUtf8(bytes);
  try {
    value = JSON.parse(text);
  } catch {
    throw new PayError("MALFORMED", "The body is not JSON.");
  }
  refuseAmbiguity(text);
  return value;
}

/** @throws PayError `MALFORMED` if the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PayError("MALFORMED", "The body is not UTF-8.");
  }
}

/** Scans a text that is known to be JSON, so only brackets and strings matter. */
function refuseAmbiguity(text: string): void {
  const levels: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      levels.push(character === "{" ? new Set() : undefined);
      if (levels.length > DEPTH_LIMIT) throw new PayError("MALFORMED", `The JSON has more than ${DEPTH_LIMIT} levels.`);
    } else if (character === "}" || character === "]") {
      levels.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      const string = stringAt(text, at, end);
      if (string.includes("\0") || !string.isWellFormed()) {
        throw new PayError("MALFORMED", "The JSON has a string with NUL or a lone surrogate.");
      }
      if (isKey(text, end)) refuseKey(levels.at(-1), string);
      at = end - 1;
    }
  }
}

function refuseKey(seen: Set<string> | undefined, key: string): void {
  if (key === FORBIDDEN_KEY || seen?.has(key))
    throw new PayError("MALFORMED", "The JSON has a repeated or forbidden key.");
  seen?.add(key);
}

/** A string differs from its source text only if it has an escape, and few have one. */
function stringAt(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes("\\") ? (JSON.parse(`"${inner}"`) as string) : inner;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return text[at] === ":";
}
