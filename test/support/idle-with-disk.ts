import { idle } from "@pay/core/testing";

/** `idle` for a store on a disk, which writes unawaited changes a moment later: 0.3 ms of real time, and its commit. */
export async function idleWithDisk(): Promise<void> {
  const until = performance.now() + 3;
  do await idle();
  while (performance.now() < until);
}
