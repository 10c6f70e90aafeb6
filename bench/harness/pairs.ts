import type { Progress } from "./progress.ts";

/** The result of pairs of measurements. */
export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Measures two things in turns, so that other load on the machine affects both. The first pair warms up and does not count; every second
 * pair begins with the other one.
 */
export async function inPairs<T>(
  pairs: number,
  progress: Progress,
  reference: (pair: number) => Promise<T>,
  ours: (pair: number) => Promise<T>,
): Promise<readonly (readonly [reference: T, ours: T])[]> {
  const measured: (readonly [T, T])[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    progress(pair === 0 ? "warming up" : `pair ${pair} of ${pairs}`);
    if (pair % 2 === 0) measured.push([await reference(pair), await ours(pair)]);
    else {
      const own = await ours(pair);
      measured.push([await reference(pair), own]);
    }
  }
  return measured.slice(1);
}

/** Our value divided by the reference, for each pair. */
export function ratioOf<T>(pairs: readonly (readonly [T, T])[], value: (measured: T) => number): Ratio {
  return spreadOf(pairs.map(([reference, ours]) => value(ours) / value(reference)));
}

export function spreadOf(values: readonly number[]): Ratio {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, lowest: sorted[0]!, highest: sorted.at(-1)! };
}
