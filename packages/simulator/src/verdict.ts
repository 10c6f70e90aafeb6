import type { Verdict } from "./ledger.ts";

/** Milliseconds until the next delivery; null for none. */
export function untilNext(verdict: Verdict): number | null {
  switch (verdict.kind) {
    case "accepted":
      return verdict.repeatIn;
    case "will_retry":
    case "no_redirect":
    case "not_sent":
      return verdict.in;
    case "aborted":
      return null;
    default:
      return verdict satisfies never;
  }
}

/** The verdict on a callback that another one follows in any case. */
export function followed(verdict: Verdict, wait: number): Verdict {
  switch (verdict.kind) {
    case "accepted":
      return { ...verdict, repeatIn: verdict.repeatIn ?? wait };
    case "no_redirect":
    case "not_sent":
      return { ...verdict, in: verdict.in ?? wait };
    case "will_retry":
    case "aborted":
      return verdict;
    default:
      return verdict satisfies never;
  }
}

/** The one of several at once that decides what follows: the first that was not accepted. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ kind }) => kind !== "accepted") ?? verdicts[0]!;
}
