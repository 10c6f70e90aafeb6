import { findNumbers } from "./find-numbers.ts";
import { credentialsIn, markKnown, markPrivate, type Search } from "./find-private.ts";
import { createKnownTexts, type KnownTexts } from "./known-texts.ts";
import { MASK, type Mark, masked } from "./marks.ts";
import { isIdName, isPlainName } from "./private-names.ts";
import { jsonDecoded, partOf, percentDecoded, type Reading, readingOf, utf8Of } from "./reading.ts";

/** Longest body that is searched, in bytes, since anyone may send one. */
const READ_LIMIT_BYTES = 16 * 1024;
/** Longest body that is shown, in bytes. */
const SHOWN_LIMIT_BYTES = 4 * 1024;

/** The rules for masking one exchange. */
export interface Masking {
  readonly isPrivate: (name: string) => boolean;
  readonly known: KnownTexts;
}

/**
 * @param known texts that are private wherever they occur
 * @param shown texts that are not, though a private field may hold them
 */
export function createMasking(
  isPrivate: Masking["isPrivate"],
  known: readonly string[] = [],
  shown: readonly string[] = [],
): Masking {
  return { isPrivate, known: createKnownTexts(known, shown) };
}

/** The masking of what cannot be searched, or must not be: it shows the kind and length of bodies, and nothing of addresses. */
export const NOTHING_SHOWN: Masking = {
  isPrivate: () => true,
  known: { add() {}, find: () => [], isFull: () => true },
};

/**
 * Returns a text, masked. Call it once everything that belongs together was read: what is private in one part is private in the others,
 * also where it was quoted earlier.
 */
export type Show = () => string;

/** Masks an address. Parts that cannot be read are masked whole. */
export function readUrl(url: string, masking: Masking): Show {
  if (url.length > READ_LIMIT_BYTES || masking.known.isFull()) return () => MASK;
  const search = begin(masking);
  const whole = readingOf(url);
  const parts = /^([a-z][\w+.-]*:\/\/)?([^/?#]*)(\/[^?#]*)?(\?[^#]*)?(#.*)?$/is.exec(url) ?? [];
  let end = 0;
  const [, authority, path, query, fragment] = parts.slice(1).map((part = "") => {
    end += part.length;
    return { from: end - part.length, to: end };
  });
  const mark = (from: number, to: number) => search.marks.push({ from, to });
  mark(authority!.from, url.lastIndexOf("@", authority!.to - 1));
  for (const [from, to] of credentialsIn(url)) mark(from, to);
  const way = partOf(whole, path!.from, path!.to);
  if (percentDecoded(way) === undefined) mark(path!.from + 1, path!.to);
  else markPrivate(way, search);
  if (!fields(partOf(whole, query!.from + 1, query!.to), search)) mark(query!.from + 1, query!.to);
  mark(fragment!.from + 1, fragment!.to);
  return () => shown(url, search) ?? MASK;
}

/** Masks a body. A body that cannot be masked field by field is replaced by its kind and length. */
export function readBody(body: string | Uint8Array, masking: Masking): Show {
  const size = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  const text = typeof body === "string" ? body : utf8Of(body);
  if (text === undefined) return () => `[binary, ${size} bytes]`;
  if (text === "") return () => "";
  const search = begin(masking);
  const isRead = size <= READ_LIMIT_BYTES && !masking.known.isFull() && searched(text, search);
  return () => {
    const whole = isRead ? shown(text, search) : undefined;
    return whole === undefined || !isSound(text, whole) ? `[${kindOf(text)}, ${size} bytes]` : cut(whole);
  };
}

/** Masks a sentence, such as the text of an error, and all of it from a quoted body on. */
export function readSentence(text: string, masking: Masking): Show {
  if (text.length > READ_LIMIT_BYTES) return () => MASK;
  const search = begin(masking);
  const body = text.search(/\{\s*\\*["']|\[\s*[[{"']|<[/!?a-z]/i);
  const end = body === -1 ? text.length : body;
  // A value that begins with a bracket would be taken for a body; a sentence may.
  const start = /^[\s[{<]*/.exec(text)![0].length;
  if (start < end) markPrivate(partOf(readingOf(text), start, end), search);
  search.marks.push({ from: end, to: text.length });
  return () => shown(text, search) ?? MASK;
}

function begin({ isPrivate, known }: Masking): Search {
  return { isPrivate, known, marks: [], texts: [] };
}

/** `undefined` if more is private than can be searched for. */
function shown(text: string, search: Search): string | undefined {
  if (search.known.isFull()) return undefined;
  markKnown(search);
  return masked(text, search.marks);
}

/** Marks the private parts of a text. Returns false if its kind is unknown, so that private parts may be missed. */
function searched(text: string, search: Search): boolean {
  if (isJson(text)) return json(text, search);
  if (FORM.test(text)) return fields(readingOf(text), search);
  if (!/^[A-Za-z0-9 .,_-]{1,64}$/.test(text)) return false;
  markPrivate(readingOf(text), search);
  return true;
}

const isJson = (text: string) => /^\s*[{[]/.test(text);
/** The characters of a form. Padded Base64 is not a form. */
const FORM = /^(?![\w+/-]+={1,2}$)(?=[^=]+=)[\w.~%+*!'(),;:@$/?=&[\]-]+$/;
const COLON = /\s*:/y;
const NAMING = /^(?:name|key|field|param|parameter)$/i;

/** Searches `a=1&b=2`. Returns false if it is unreadable. A part without a name is masked. */
function fields(form: Reading, search: Search): boolean {
  for (const { 0: pair, index } of form.text.matchAll(/[^&]+/g)) {
    const equals = pair.indexOf("=");
    const mark = (from: number) =>
      search.marks.push({ from: form.at[index + from]!, to: form.at[index + pair.length]! });
    const [name, value] = [partOf(form, index, index + equals), partOf(form, index + equals + 1, index + pair.length)];
    const [decodedName, decoded] = [percentDecoded(name), percentDecoded(value)];
    if (equals < 0) mark(0);
    else if (decodedName === undefined || decoded === undefined || !isName(decodedName.text)) return false;
    else if (search.isPrivate(decodedName.text)) {
      mark(equals + 1);
      search.known.add(decoded.text);
    } else {
      markPrivate(name, search);
      markPrivate(value, search, isIdName(decodedName.text));
    }
  }
  return true;
}

const isName = (text: string) => /^[\p{L}\p{N}_.[\]:$-]{1,64}$/u.test(text);

/** Searches JSON. Returns false if it is not JSON. A private field is masked with everything inside it. */
function json(text: string, search: Search): boolean {
  if (!isSound(text, text)) return false;
  const whole = readingOf(text);
  let isNext = false;
  let name = "";
  /** Whether a field of this object names another one, which is private: `{"name":"phone","value":…}`. */
  let isPair = false;
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s{}[\]:,"]+/g)) {
    const end = index + token.length;
    const inner = token.startsWith('"') ? partOf(whole, index + 1, end - 1) : undefined;
    const content = inner && jsonDecoded(inner);
    const step = token === "{" || token === "[" ? 1 : token === "}" || token === "]" ? -1 : 0;
    // What follows an object in a list is no field of the object.
    if (step === -1) name = "";
    if (depth > 0) {
      depth += step;
      // The names in it, and what is no person's, are those of other fields as well.
      if (content !== undefined && isKey(text, end)) name = content.text;
      else if (content !== undefined && !isPlainName(name)) search.known.add(content.text);
      if (depth === 0) search.marks.push({ from, to: end, isBare: true });
      continue;
    }
    if (content !== undefined && isKey(text, end)) {
      name = content.text;
      isNext = search.isPrivate(name) || (isPair && /^value$/i.test(name));
      markPrivate(content, search);
      continue;
    }
    if (step !== 0) isPair = false;
    else if (content !== undefined && NAMING.test(name)) isPair = search.isPrivate(content.text);
    if (isNext) {
      isNext = false;
      if (step === 1) [depth, from] = [1, index];
      else if (inner !== undefined) search.marks.push({ from: index + 1, to: end - 1 });
      else search.marks.push({ from: index, to: end, isBare: true });
      search.known.add(content?.text ?? (step === 0 ? token : ""));
    } else if (content !== undefined) markPrivate(content, search, isIdName(name));
    else if (step === 0) {
      const bare: Mark = { from: index, to: end, isBare: true };
      search.texts.push({ ...partOf(whole, index, end), bare });
      if (!isIdName(name) && findNumbers(token).length > 0) search.marks.push(bare);
    }
  }
  return true;
}

function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end;
  return COLON.test(text);
}

/** Tests whether a JSON text is still JSON after masking. */
function isSound(text: string, shown: string): boolean {
  if (!isJson(text)) return true;
  try {
    JSON.parse(shown);
    return true;
  } catch {
    return false;
  }
}

function kindOf(text: string): string {
  if (/^\s*<!doctype html|^\s*<html/i.test(text)) return "HTML";
  if (/^\s*</.test(text)) return "XML";
  return isJson(text) ? "JSON" : "text";
}

/** Cuts a text to the limit in bytes, without splitting a character. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= SHOWN_LIMIT_BYTES) return text;
  return `${new TextDecoder().decode(bytes.subarray(0, SHOWN_LIMIT_BYTES), { stream: true })}…`;
}
