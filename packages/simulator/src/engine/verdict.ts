import type { Verdict } from "./model.ts";

/** Milliseconds until the next delivery; null if none follows. */
export function nextInMs(verdict: Verdict): number | null {
  return verdict.kind === "aborted" ? null : verdict.nextInMs;
}

/** The same verdict on a callback that is followed by another one in any case. */
export function withNext(verdict: Verdict, waitMs: number): Verdict {
  return verdict.kind === "aborted" ? verdict : { ...verdict, nextInMs: verdict.nextInMs ?? waitMs };
}

/** The verdict that decides what follows several copies: the first that is not `accepted`. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ kind }) => kind !== "accepted") ?? verdicts[0]!;
}
