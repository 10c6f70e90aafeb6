/** Shorter texts occur by chance. */
const SHORTEST = 3;
/** Shorter texts occur by chance as Base64 or in hexadecimal digits. */
const SHORTEST_CODED = 6;
/** They say nothing about anybody, and other fields hold them too: what is no value, truth, and codes of currencies. */
const COMMON = /^(?:null|none|undefined|[Tt]rue|[Ff]alse|TRUE|FALSE|NULL|[A-Z]{3})$/;
/** Longer texts are no secrets of a gateway, and searching for them takes long. */
const LONGEST = 1024;
/** A sender of more texts than this tries to keep the masking busy. */
const MOST = 64;
/** A noncharacter of Unicode, which no text has. It stands between the texts that are searched. */
const BETWEEN = "\uffff";

/** Texts that are private wherever they occur, whatever the name of the field. */
export interface KnownTexts {
  add(text: string): void;
  /**
   * Finds them in plain text of any case, in Base64 that starts anywhere, and in hexadecimal digits. It searches all texts at once, since a
   * sender may send thousands of small ones. Positions count all texts before, with one character behind each.
   */
  find(texts: readonly string[]): readonly (readonly [from: number, to: number])[];
  /** True after more, longer or stranger texts than the search supports. Then nothing may be shown. */
  isFull(): boolean;
}

/** @param shown texts that are never private */
export function createKnownTexts(given: readonly string[] = [], shown: readonly string[] = []): KnownTexts {
  const texts = new Set<string>();
  let isFull = false;
  let compiled: ReturnType<typeof compile> | undefined;
  const add = (text: string) => {
    if (isFull || text.length < SHORTEST || COMMON.test(text) || shown.includes(text)) return;
    if (text.length <= LONGEST && texts.has(text)) return;
    isFull = text.length > LONGEST || texts.size >= MOST || text.includes(BETWEEN);
    if (isFull) return;
    texts.add(text);
    compiled = undefined;
  };
  for (const text of given) add(text);
  return {
    add,
    isFull: () => isFull,
    find(searched) {
      if (isFull || texts.size === 0) return [];
      compiled ??= compile([...texts]);
      const { aligned, clear, coded } = compiled;
      const text = searched.join(BETWEEN);
      const found: [number, number][] = [...text.matchAll(clear)].map(({ 0: run, index }) => [
        index,
        index + run.length,
      ]);
      if (coded === undefined) return found;
      for (const { 0: run, index } of text.replaceAll("-", "+").replaceAll("_", "/").matchAll(coded)) {
        found.push(wholeRun(text, index, index + run.length, !aligned.has(run)));
      }
      return found;
    },
  };
}

function compile(texts: readonly string[]) {
  const long = texts.filter((text) => Buffer.byteLength(text) >= SHORTEST_CODED);
  const clear = [...texts, ...long.map((text) => Buffer.from(text).toString("hex"))];
  const base64 = long.map(base64Of);
  return {
    clear: anyOf(clear, "giu"),
    coded: base64.length === 0 ? undefined : anyOf(base64.flat(), "g"),
    /** Matches that start at a Base64 digit of their own: no part of them stands before. */
    aligned: new Set(base64.map(([first]) => first)),
  };
}

/** Longest first: of two texts with the same start, the longer one is masked whole. */
function anyOf(texts: readonly string[], flags: string): RegExp {
  const longestFirst = texts.toSorted((one, other) => other.length - one.length);
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|"), flags);
}

/** The Base64 of a text inside another depends on its position. Returns the part that does not, for each of the three positions. */
function base64Of(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return shift === 0 ? whole : whole.slice(4);
  });
}

/** Widens a match by the first and last digits, which hold the rest of it. */
function wholeRun(text: string, from: number, to: number, isWithin: boolean): [number, number] {
  const before = !isWithin ? 0 : (/[\w+/-]{0,4}$/.exec(text.slice(Math.max(0, from - 4), from))?.[0].length ?? 0);
  const after = /^[\w+/-]{0,4}={0,2}/.exec(text.slice(to, to + 6))?.[0].length ?? 0;
  return [from - before, to + after];
}
