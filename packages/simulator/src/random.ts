import { randomInt } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Every choice of chance the simulator makes. */
export interface Random {
  /** An opaque identifier. Both documents call theirs a string and say no more, so a shop must not read anything into it. */
  id(length: number): string;
  /** Other characters of the same kinds, at least one of them different: digits stay digits, small letters small. */
  unlike(text: string): string;
  /** From here on the same choices after the same seed; null for real chance. */
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
    // A text without any letter or digit has no other of its kind.
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
  // mulberry32: 32 bits of state, good enough for identifiers that only have to differ and to repeat.
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
