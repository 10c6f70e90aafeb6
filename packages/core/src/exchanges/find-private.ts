import type { KnownTexts } from "./known-texts.ts";
import type { Mark } from "./marks.ts";
import { percentRead, type Reading } from "./reading.ts";

/** The rules of a search for private texts, and the marks it made. */
export interface Search {
  readonly isPrivate: (name: string) => boolean;
  /** The values of private fields are added, so that they are also found where they are quoted. */
  readonly known: KnownTexts;
  readonly marks: Mark[];
}

/** How many times a text may be encoded: an address in a parameter of an address in a field of a form. */
const DEEPEST = 4;
/** The last part of a payment's own callback address, and of its form's address. */
const TOKEN = /[0-9a-f]{8}\.[\w-]{43}/gi;
const EMAIL = /[^\s@"'<>()[\]{},;:/?&=]{1,64}@[^\s@"'<>()[\]{},;:/?&=]{1,190}\.[^\s@"'<>()[\]{},;:/?&=.]+/g;
/** User and password of an address. A password may have an `@` as it is: the last one ends it, as for `URL`. */
const CREDENTIALS = /(?<=:\/\/)[^\s/?#]{1,200}(?=@)/g;
/** What stands behind the scheme of a header; a word of a sentence has no digit and no inner dot. */
const BEARER = /(?<=\bbearer\s{1,3})(?=[\w.~+/-]*(?:[\d_]|\.\w))[\w.~+/-]{8,}=*/gi;
/** A name, and the characters between it and its value, in an address or in a sentence that quotes one. */
const NAMED = /([\p{L}\p{N}_.[\]-]{1,64})["']?\s{0,3}[=:]\s{0,3}/gu;
const VALUE = /[^&;#\n]*/y;

/** Searches the value of a field that is not private: for private texts, and for fields inside it. */
export function markPrivate({ at, text }: Reading, search: Search, depth = 0): void {
  const mark = (from: number, to: number) => search.marks.push({ from: at[from]!, to: at[to]! });
  if (isPacked(text)) return void mark(0, text.length);
  for (const [from, to] of search.known.find(text)) mark(from, to);
  for (const pattern of [TOKEN, EMAIL, CREDENTIALS, BEARER]) {
    for (const { 0: found, index } of text.matchAll(pattern)) mark(index, index + found.length);
  }
  let masked = 0;
  for (const { 0: before, 1: name, index } of text.matchAll(NAMED)) {
    // Names inside a masked part add nothing, however many there are.
    if (index < masked || !search.isPrivate(name!)) continue;
    VALUE.lastIndex = index + before.length;
    const value = VALUE.exec(text)![0];
    masked = VALUE.lastIndex;
    mark(index + before.length, masked);
    search.known.add(value);
  }
  if (!/%[0-9a-f]{2}|\+/i.test(text)) return;
  const { decoded } = percentRead({ at, text });
  if (decoded.text === text) return;
  if (depth === DEEPEST) mark(0, text.length);
  else markPrivate(decoded, search, depth + 1);
}

/** Detects JSON, XML or a form inside a value, plain or in Base64 as in a token. Its fields are not parsed, so it is masked whole. */
function isPacked(text: string): boolean {
  if (/^\s*[[{<]|\{\s*\\*["']|<[/!?a-z]/i.test(text)) return true;
  return text.split(".").some((part) => {
    if (!/^[\w+/-]{12,}={0,2}$/.test(part)) return false;
    const content = Buffer.from(part.slice(0, 64), "base64").toString("latin1");
    return /^\s*[[{<][\x20-\x7e\s]{4}|^[\w.[\]-]+=[\x20-\x7e]{4}/.test(content);
  });
}
