import type { Clock } from "../contract/runtime.ts";
import type { PaymentId } from "../model/ids.ts";

/** Milliseconds between two questions about one payment: anyone can send the callbacks that cause them. */
const PAUSE_MS = 1000;
/** Calls that may wait for the next question about a payment. Each keeps a connection, for as long as a gateway hangs. */
const WAITING = 4;

/**
 * Asks a question about a payment, or shares the answer to a question that begins after this call. Resolves with `full` at once where enough
 * calls wait for that question, which is asked all the same.
 */
export type InTurn = <T>(id: PaymentId, ask: () => Promise<T>) => Promise<T | "full">;

/**
 * Allows one question at a time per payment, with a pause after it; a few calls that come meanwhile share the next question.
 *
 * @param cut ends the pauses
 */
export function createTurns(clock: Clock, cut?: AbortSignal): InTurn {
  const turns = new Map<PaymentId, { readonly over: Promise<void>; next?: Promise<unknown>; waiting: number }>();
  return <T>(id: PaymentId, ask: () => Promise<T>): Promise<T | "full"> => {
    const begin = () => {
      const answer = ask();
      const over = answer
        .then(nothing, nothing)
        .then(() => clock.sleep(PAUSE_MS, cut))
        .then(() => {
          if (turns.get(id)?.next === undefined) turns.delete(id);
        });
      turns.set(id, { over, waiting: 0 });
      return answer;
    };
    const turn = turns.get(id);
    if (turn === undefined) return begin();
    if (turn.waiting === WAITING) return Promise.resolve("full");
    turn.waiting += 1;
    turn.next ??= turn.over.then(begin);
    return turn.next as Promise<T>;
  };
}

const nothing = () => {};
