import type { Clock } from "../contract/runtime.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Stores how something ended that happened outside Pay and must not happen twice. While the store fails, it is asked again after growing
 * pauses: a database that fails over is away for seconds. Rejects with the last error at `until` (Unix milliseconds), or once the signal
 * aborts.
 *
 * @param write may be called again although its first call was committed
 */
export async function storeAgain<T>(
  clock: Clock,
  until: number,
  write: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      if (clock.now() + pauseMs >= until) throw error;
      await clock.sleep(pauseMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}
