/** How many run at the same time. */
const AT_ONCE = 16;

/** Runs a step this many times, some of them at the same time. */
export async function inTurns(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
