import { randomInt } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The source of every random choice of the simulator. */
export interface Random {
  /** An opaque identifier of digits and capital letters. A shop must not read any meaning into it. */
  id(length: number): string;
  /** Another text of the same form: digits stay digits, small letters stay small. At least one character differs. */
  unlike(text: string): string;
  /** From now on, the same seed leads to the same choices. Null means real randomness. */
  reseed(seed: number | null): void;
}

export function createRandom(seed: number | null): Random {
  let below = source(seed);
  const pick = (letters: string) => letters[below(letters.length)]!;

  function unlike(text: string): string {
    const other = text
      .replace(/\d/g, () => pick("0123456789"))
      .replace(/[a-f]/g, () => pick("abcdef"))
      .replace(/[g-z]/g, () => pick("ghijklmnopqrstuvwxyz"))
      .replace(/[A-Z]/g, () => pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    // A text without letters and digits has no variant of the same form.
    if (other === text) return /[0-9a-zA-Z]/.test(text) ? unlike(text) : `${text}x`;
    return other;
  }

  return {
    id: (length) => Array.from({ length }, () => pick(ALPHABET)).join(""),
    unlike,
    reseed(next) {
      below = source(next);
    },
  };
}

/** Draws whole numbers below a limit. */
function source(seed: number | null): (limit: number) => number {
  if (seed === null) return (limit) => randomInt(limit);
  // mulberry32: 32 bits of state, enough for identifiers that must differ from each other and repeat between runs.
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
