/** How many are under way at a time. */
const AT_ONCE = 16;

/** Does it so many times, some at a time. */
export async function inTurns(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
