import { failure } from "../engine/failure.ts";

/** A year in milliseconds. A longer jump is a mistake. */
export const LONGEST_JUMP_MS = 31_536_000_000;

/** Milliseconds by which time may move. Throws `bad_request`. */
export function readJump(ms: unknown): number {
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_JUMP_MS) return ms;
  throw failure("bad_request", `"ms" must be a whole number of milliseconds from 0 to ${LONGEST_JUMP_MS}`);
}
