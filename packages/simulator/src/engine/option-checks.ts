/** Milliseconds; setTimeout treats anything longer as 1. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Returns an option that must be a whole number. Throws a TypeError that names the option and what it must be. */
export function wholeOption(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= LONGEST_TIMER_MS) return value;
  throw new TypeError(`${name} must be an integer from ${least} to ${LONGEST_TIMER_MS}`);
}
