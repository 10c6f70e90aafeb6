/** A decoded text, and for each of its UTF-16 units the position in the source text; at the end, the position where the source ends. */
export interface Reading {
  readonly text: string;
  readonly at: readonly number[];
}

export function readingOf(text: string): Reading {
  return { text, at: [...new Array(text.length + 1).keys()] };
}

export function partOf({ at, text }: Reading, from: number, to: number = text.length): Reading {
  return { text: text.slice(from, to), at: at.slice(from, to + 1) };
}

/** Decodes a part of a form, `+` as a space. `undefined` if it is not percent-encoded UTF-8. */
export function percentDecoded(reading: Reading): Reading | undefined {
  const { decoded, isSound } = percentRead(reading);
  return isSound ? decoded : undefined;
}

/** Decodes a sentence in the same way, in which a per cent sign may stand for itself: what is not percent-encoded UTF-8 stays as it is. */
export function percentRead(reading: Reading): { readonly decoded: Reading; readonly isSound: boolean } {
  const { at, text } = reading;
  if (!/[%+]/.test(text)) return { decoded: reading, isSound: true };
  const decoded = growing();
  let isSound = true;
  for (const { 0: run, index } of text.matchAll(/(?:%[0-9a-f]{2})+|%|\+|[^%+]+/gi)) {
    const said =
      run.length > 1 && run.startsWith("%") ? utf8Of(Buffer.from(run.replaceAll("%", ""), "hex")) : undefined;
    isSound &&= said !== undefined || !run.startsWith("%");
    let from = index;
    for (const character of said ?? (run === "+" ? " " : run)) {
      decoded.add(character, at[from]!);
      from += said === undefined ? character.length : 3 * Buffer.byteLength(character);
    }
  }
  return { decoded: decoded.end(at.at(-1)!), isSound };
}

/** Decodes the part of a JSON string between its quotation marks. */
export function jsonDecoded({ at, text }: Reading): Reading {
  const decoded = growing();
  for (const { 0: run, 1: code, 2: escaped, index } of text.matchAll(/\\u([0-9a-f]{4})|\\(.)|[^\\]/gisu)) {
    const read = code === undefined ? (ESCAPES.get(escaped ?? "") ?? escaped ?? run) : fromCode(code);
    decoded.add(read, at[index]!);
  }
  return decoded.end(at.at(-1)!);
}

const ESCAPES: ReadonlyMap<string, string> = new Map(Object.entries({ n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" }));
const fromCode = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16));

/** `undefined` if the bytes are not UTF-8. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function growing() {
  let text = "";
  const places: number[] = [];
  return {
    add(character: string, place: number) {
      text += character;
      for (let unit = 0; unit < character.length; unit++) places.push(place);
    },
    end: (place: number): Reading => ({ text, at: [...places, place] }),
  };
}
