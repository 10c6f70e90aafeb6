/** When the first of this many payments was created, in Unix milliseconds. They are a minute apart, and the newest is a day old. */
export function startOf(count: number): number {
  return Date.now() - 86_400_000 - count * 60_000;
}
