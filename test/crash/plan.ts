import type { Armed } from "./armed.ts";

/**
 * Kills of a whole campaign, which continues until each point was hit this often. A smaller campaign hits each point as often as it can.
 */
const WHOLE = 500;
const EACH = 20;
/** The share of random kills in a whole campaign. */
const RANDOM = 0.15;

export interface Plan {
  /** The point at which the next process dies, or `undefined` for a random kill. */
  next(): Pick<Armed, "point" | "passing"> | undefined;
  /** Counts a death, at this point or at random. */
  died(point: string | undefined): void;
  readonly kills: () => number;
  readonly done: () => boolean;
  /** How often each point was hit. */
  readonly hits: () => Readonly<Record<string, number>>;
}

/** Plans the points in turn until each was hit often enough; the other kills are random. */
export function planKills(points: readonly string[], wanted: number, random: () => number): Plan {
  const isWhole = wanted >= WHOLE;
  const quota = isWhole ? EACH : Math.max(1, Math.floor((wanted * 0.8) / points.length));
  const hits = new Map(points.map((point) => [point, 0]));
  let kills = 0;
  let turn = 0;
  const isMissing = (point: string) => (hits.get(point) ?? 0) < quota;

  return {
    next() {
      const missing = points.filter(isMissing);
      const left = wanted - kills;
      const needed = missing.reduce((sum, point) => sum + quota - (hits.get(point) ?? 0), 0);
      if (missing.length === 0 || ((isWhole || needed < left) && random() < RANDOM)) return undefined;
      return { point: missing[turn++ % missing.length]!, passing: 1 + Math.floor(random() * 3) };
    },
    died(point) {
      kills++;
      if (point !== undefined) hits.set(point, (hits.get(point) ?? 0) + 1);
    },
    kills: () => kills,
    done: () => kills >= wanted && (!points.some(isMissing) || (!isWhole && wanted < points.length * quota)),
    hits: () => Object.fromEntries(hits),
  };
}
