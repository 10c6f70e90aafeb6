import type { KnownTexts } from "./known-texts.ts";
import type { Mark } from "./marks.ts";
import { percentRead, type Reading } from "./reading.ts";

/** What is looked for, and what was found. */
export interface Search {
  readonly isPrivate: (name: string) => boolean;
  /** Values of private fields are added, so that they are found again where they are quoted. */
  readonly known: KnownTexts;
  readonly marks: Mark[];
}

/** How often a text may be encoded: an address in a parameter of an address in a field of a form. */
const DEEPEST = 4;
/** The last part of a payment's own callback address, and of the address of its form. */
const TOKEN = /[0-9a-f]{8}\.[\w-]{43}/gi;
const EMAIL = /[^\s@"'<>()[\]{},;:/?&=]{1,64}@[^\s@"'<>()[\]{},;:/?&=]{1,190}\.[^\s@"'<>()[\]{},;:/?&=.]+/g;
/** A name and what stands between it and its value: in an address, or in a sentence that quotes one. */
const NAMED = /([\p{L}\p{N}_.[\]-]{1,64})["']?\s{0,3}[=:]\s{0,3}/gu;
const VALUE = /[^&;#\n]*/y;

/** Looks through a value whose field is not private: for what is private wherever it stands, and for fields within. */
export function look({ at, text }: Reading, search: Search, depth = 0): void {
  const mark = (from: number, to: number) => search.marks.push({ from: at[from]!, to: at[to]! });
  if (isPacked(text)) return void mark(0, text.length);
  for (const [from, to] of search.known.find(text)) mark(from, to);
  for (const pattern of [TOKEN, EMAIL]) {
    for (const { 0: found, index } of text.matchAll(pattern)) mark(index, index + found.length);
  }
  let masked = 0;
  for (const { 0: before, 1: name, index } of text.matchAll(NAMED)) {
    // Names within what is masked already say nothing more, however many there are.
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
  else look(decoded, search, depth + 1);
}

/** JSON, XML or a form within a value, as it is or in Base64, such as a token's: its fields are not taken apart, so none is shown. */
function isPacked(text: string): boolean {
  if (/^\s*[[{<]|\{\s*\\*["']|<[/!?a-z]/i.test(text)) return true;
  return text.split(".").some((part) => {
    if (!/^[\w+/-]{12,}={0,2}$/.test(part)) return false;
    const content = Buffer.from(part.slice(0, 64), "base64").toString("latin1");
    return /^\s*[[{<][\x20-\x7e\s]{4}|^[\w.[\]-]+=[\x20-\x7e]{4}/.test(content);
  });
}
