import { findNumbers } from "./find-numbers.ts";
import type { KnownTexts } from "./known-texts.ts";
import type { Mark } from "./marks.ts";
import { percentRead, type Reading } from "./reading.ts";

/** The rules of a search for private texts, the marks it made, and what it leaves to search. */
export interface Search {
  readonly isPrivate: (name: string) => boolean;
  /** The values of private fields are added, so that they are also found where they are quoted. */
  readonly known: KnownTexts;
  readonly marks: Mark[];
  /** What is not private by its name. It is searched for known texts once all are known. */
  readonly texts: SearchedText[];
}

/** `bare` is the mark of a number, of which JSON cannot mask a part. */
export interface SearchedText extends Reading {
  readonly bare?: Mark;
}

/** How many times a text may be encoded: an address in a parameter of an address in a field of a form. */
const DEEPEST = 4;
/** The last part of a payment's own callback address, and of its form's address. */
const TOKEN = /[0-9a-f]{8}\.[\w-]{43}/gi;
const EMAIL =
  /(?:"[^"\n]{1,64}"|[^\s@"'<>()[\]{},;:/?&=]{1,64})@[^\s@"'<>()[\]{},;:/?&=]{1,190}\.[^\s@"'<>()[\]{},;:/?&=.]+/g;
/** An address from its two slashes on, or from where its scheme would stand. */
const ADDRESS = /([a-z][a-z\d+.-]{0,30})?:\/\/([^\s"'<>]{1,2048})/gi;
/** What stands behind the scheme of a header; a word of a sentence is short, and has no digit, inner dot or inner capital. */
const BEARER = /(?<=\bbearer\s{1,3})(?=[\w.~+/-]{16}|[\w.~+/-]*(?:[\d_]|\.\w)|\w*[a-z][A-Z])[\w.~+/-]{8,}=*/gi;
/** What stands behind the name of the header and that of a scheme, with or without a colon. */
const AUTHORIZATION =
  /(?<=\bauthorization["']?\s{0,3}:?\s{0,3}(?:basic|bearer|digest|negotiate|token|api-?key|hmac)\s{1,3})\S.*/gi;
/** User and password of a header in Base64; what follows the word in a sentence has no colon in it. */
const BASIC = /(?<=\bbasic\s{1,3})[\w+/-]{4,}={0,2}/gi;
/** A JSON Web Token, or its head: Base64 of an object. */
const JWT = /\beyJ[\w-]{6,}(?:\.[\w-]*){0,4}/g;
/** A name, and the characters between it and its value, in an address or in a sentence that quotes one. */
const NAMED = /([\p{L}\p{N}_.[\]-]{1,64})["')]?\s{0,3}[=:]\s{0,3}/gu;
const OTHERS = [TOKEN, BEARER, AUTHORIZATION, JWT];
/** In quotation marks, a value may have what would end it. */
const VALUE = /(?:"[^"\n]*"|'[^'\n]*'|[^&;\n])*/y;
/** The value of such a header has other names in it, and all of it is private. */
const WHOLE_LINE = /[^\n]*/y;
const HEADER = /^(?:set-)?cookie$|^(?:proxy-)?authorization$/i;

/**
 * Searches the value of a field that is not private: for private texts, and for fields inside it.
 *
 * @param isId whether it is an id, in which the digits of a card or an account stand by chance
 */
export function markPrivate({ at, text }: Reading, search: Search, isId = false, depth = 0): void {
  const mark = (from: number, to: number) => search.marks.push({ from: at[from]!, to: at[to]! });
  if (isPacked(text)) return void mark(0, text.length);
  search.texts.push({ at, text });
  for (const [from, to] of credentialsIn(text)) mark(from, to);
  if (!isId) for (const [from, to] of findNumbers(text)) mark(from, to);
  // A search for a long run of anything tries each of its positions, so it waits for the sign that all of its finds have.
  for (const pattern of text.includes("@") ? [EMAIL, ...OTHERS] : OTHERS) {
    for (const { 0: found, index } of text.matchAll(pattern)) mark(index, index + found.length);
  }
  for (const { 0: found, index } of text.matchAll(BASIC)) {
    if (isUserAndPassword(found)) mark(index, index + found.length);
  }
  let masked = 0;
  for (const { 0: before, 1: name, index } of /[=:]/.test(text) ? text.matchAll(NAMED) : []) {
    // Names inside a masked part add nothing, however many there are.
    if (index < masked || !search.isPrivate(name!)) continue;
    const pattern = HEADER.test(name!) ? WHOLE_LINE : VALUE;
    pattern.lastIndex = index + before.length;
    const value = pattern.exec(text)![0];
    masked = index + before.length + value.length;
    mark(index + before.length, masked);
    search.known.add(value);
  }
  if (!/%[0-9a-f]{2}|\+/i.test(text)) return;
  const { decoded } = percentRead({ at, text });
  if (decoded.text === text) return;
  if (depth === DEEPEST) mark(0, text.length);
  else markPrivate(decoded, search, isId, depth + 1);
}

/** Marks what is known to be private, in everything that the search left. */
export function markKnown({ known, marks, texts }: Search): void {
  const found = known.find(texts.map(({ text }) => text));
  if (found.length === 0) return;
  const at = texts.flatMap((searched) => searched.at);
  const bares = texts.flatMap(({ bare, text }) => new Array<Mark | undefined>(text.length + 1).fill(bare));
  for (const [from, to] of found) marks.push(bares[from] ?? { from: at[from]!, to: at[to]! });
}

/**
 * Finds user and password of each address. A password that is not encoded may have `/`, `?`, `#` and `@` in it: then only the last `@` of
 * the address ends it. A page's address may have an `@` in its path, so there a port after the colon, or a host without one, ends the search.
 */
export function* credentialsIn(text: string): Generator<readonly [from: number, to: number]> {
  if (!text.includes("@")) return;
  for (const { 0: whole, 1: scheme = "", 2: rest, index } of text.matchAll(ADDRESS)) {
    const authority = /^[^/?#]*/.exec(rest!)![0];
    const isPage = /^(?:https?|wss?)$/i.test(scheme);
    const isHost = authority.includes("@") || /^(?:\[[\da-f:.]*\]|[^:]*)(?::\d{0,5})?$/i.test(authority);
    const end = (isPage && isHost ? authority : rest!).lastIndexOf("@");
    const from = index + whole.length - rest!.length;
    if (end > 0) yield [from, from + end];
  }
}

function isUserAndPassword(base64: string): boolean {
  return /^[\x20-9;-~]*:[\x20-~]*$/.test(Buffer.from(base64, "base64").toString("latin1"));
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
