import type { Context } from "../context.ts";
import { PayError } from "../model/errors.ts";
import type { Fact, HistoryEntry } from "../model/fact.ts";
import type { PaymentRecord } from "../model/payment.ts";
import { type Attempted, attempted } from "./result.ts";
import { orUnavailable } from "./store-errors.ts";

/** Milliseconds between two looks at what the other call has stored. */
const POLL_MS = 50;

/** Another call with the same idempotency key is at work: waits until the gateway's answer is stored, then answers the same. */
export async function awaitOtherCall(context: Context, held: PaymentRecord): Promise<Attempted> {
  const { id, createdAt, orderId } = held.payment;
  const read = () => orUnavailable(context.store.history(id), "The payment could not be read.", held);
  // Counted rather than read off the clock, which may be set back meanwhile.
  const patienceMs = Math.min(createdAt + context.createTimeoutMs - context.now(), context.createTimeoutMs);
  let history = await read();
  for (let waitedMs = 0; waitedMs < patienceMs && !isAnswered(history); waitedMs += POLL_MS) {
    await context.clock.sleep(POLL_MS);
    history = await read();
  }
  const { paidBy, payments } = await orUnavailable(
    context.store.order(orderId),
    "The payment could not be read.",
    held,
  );
  const record = payments.find(({ payment }) => payment.id === id);
  if (record === undefined || record.payment.state === "created") {
    throw new PayError("IN_PROGRESS", "Another call with this idempotency key is running; try again.", {
      paymentId: id,
    });
  }
  return attempted(context, { record, orderPaidBy: paidBy }, answerIn(history));
}

function isAnswered(history: readonly HistoryEntry[]): boolean {
  return answerIn(history) !== undefined || history.at(-1)?.to === "succeeded";
}

function answerIn(history: readonly HistoryEntry[]): Fact | undefined {
  return history.map(({ fact }) => fact as Fact).find(({ kind }) => kind.startsWith("create_"));
}
