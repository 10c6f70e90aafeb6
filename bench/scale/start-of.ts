/** When the first of so many payments was made: a minute apart, the youngest a day old. Unix milliseconds. */
export function startOf(count: number): number {
  return Date.now() - 86_400_000 - count * 60_000;
}
