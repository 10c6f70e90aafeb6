import { isUtf8 } from "node:buffer";
import { PayError } from "../model/errors.ts";
import { isReadable } from "./strict-params.ts";

const DEPTH_LIMIT = 32;
/** No readable text has a NUL, so these stand for what must not be read. */
const UNREADABLE = "\0";
const REPEATED = "\0repeated";

/**
 * Parses JSON without the ambiguities of `JSON.parse`, which takes the last of two equal keys. Only what is read is judged: a repeated
 * key, a text with NUL, a lone surrogate or bytes that are not UTF-8, and a value below 32 levels throw when they are read, and refuse
 * nothing before. An integer past 2^53 is a text, so that it keeps its digits.
 *
 * @param json a body, or the text of an answer, in which U+FFFD stands for what was not UTF-8
 * @param ifReadable paths such as `data.channel` that decide nothing: an unreadable text or a repeated key there is `undefined`
 * @param unreadable receives these paths
 * @throws PayError `MALFORMED` for what is not JSON, and for `__proto__` anywhere
 */
export function parseStrictJson(
  json: Uint8Array | string,
  ifReadable: readonly string[] = [],
  unreadable: string[] = [],
): unknown {
  const isAnswer = typeof json === "string";
  const utf8 = isAnswer ? json : utf8Of(json);
  // One character per byte: JSON itself is ASCII, and each text in it is decoded by itself.
  const whole = utf8 ?? Buffer.from(json as Uint8Array).toString("latin1");
  const text = whole.replace(/^(?:\ufeff|\xef\xbb\xbf)/, "");
  const plain = parse(text);
  const isSound = (read: string) => isReadable(read) && !(isAnswer && read.includes("\ufffd"));
  const sound = rewritten(text, utf8 === undefined, isSound);
  if (sound === undefined) return plain;
  const holder = { "": parse(sound) };
  guard(holder);
  return holder[""];

  /** Puts an error in place of what must not be read. The depth is limited. */
  function guard(parent: object, path?: string): void {
    const fields = parent as Record<string, unknown>;
    for (const [key, value] of Object.entries(fields)) {
      const at = path ? `${path}.${key}` : key;
      if (!isSound(key)) delete fields[key];
      else if (typeof value === "object" && value !== null) guard(value, at);
      else if (typeof value !== "string" || isSound(value)) continue;
      else if (ifReadable.includes(at)) {
        fields[key] = undefined;
        unreadable.push(at);
      } else Object.defineProperty(fields, key, { get: () => refuse(key, value), enumerable: true });
    }
  }
}

function refuse(key: string, value: string): never {
  const what = value === REPEATED ? "is repeated" : "is no readable text, or too deep";
  // An adapter that reads every field also reads those that a sender invented.
  const field = /^[\w-]{1,50}$/.test(key) ? key : "(an unknown name)";
  throw new PayError("MALFORMED", `A field of the JSON ${what}.`, { field });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PayError("MALFORMED", "The body is not JSON.");
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `undefined` if the bytes are not UTF-8. */
function utf8Of(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? decoder.decode(bytes) : undefined;
}

/** A string, with the colon if it is a key; a bracket; a number. */
const TOKEN = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

interface Level {
  readonly keys: Set<string>;
  readonly repeated: Set<string>;
}

/** Marks what must not be read in a text that is known to be JSON. `undefined` if nothing needs a mark. */
function rewritten(text: string, isBytes: boolean, isSound: (read: string) => boolean): string | undefined {
  /** Nothing below the limit is read, so nothing is kept of it. */
  const levels: (Level | undefined)[] = [];
  let [sound, done, deep, isOdd] = ["", 0, 0, isBytes];
  const put = (from: number, to: number, json: string) => {
    if (levels.length > DEPTH_LIMIT) return;
    sound += text.slice(done, from) + json;
    [done, isOdd] = [to, true];
  };
  for (const { 0: token, 1: inner, 2: colon, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    if (inner !== undefined) {
      const to = end - (colon?.length ?? 0);
      const raw = isBytes ? utf8Of(Buffer.from(inner, "latin1")) : inner;
      const read = raw === undefined ? UNREADABLE : raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
      if (raw !== inner) put(index, to, JSON.stringify(read));
      if (!isSound(read)) isOdd = true;
      else if (colon !== undefined) addKey(levels.at(-1), read);
    } else if (token === "{" || token === "[") {
      levels.push(levels.length > DEPTH_LIMIT ? undefined : { keys: new Set(), repeated: new Set() });
      if (levels.length === DEPTH_LIMIT + 1) deep = index;
    } else if (token === "}" || token === "]") {
      for (const key of levels.at(-1)?.repeated ?? [])
        put(index, index, `,${JSON.stringify(key)}:${JSON.stringify(REPEATED)}`);
      levels.pop();
      if (levels.length === DEPTH_LIMIT && deep > 0) put(deep, end, JSON.stringify(UNREADABLE));
      if (levels.length === DEPTH_LIMIT) deep = 0;
    } else if (/^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))) {
      put(index, end, `"${token}"`);
    }
  }
  return isOdd ? sound + text.slice(done) : undefined;
}

function addKey(level: Level | undefined, key: string): void {
  if (key === "__proto__") throw new PayError("MALFORMED", "The JSON has the forbidden key __proto__.");
  if (level?.keys.has(key)) level.repeated.add(key);
  level?.keys.add(key);
}
