import type { Context } from "../context.ts";
import type { HandlerContext, TransactionContext } from "../contract/pay.ts";
import type { Delivery, DeliveryOutcome, HandlerTransaction, LeasedDelivery } from "../contract/store.ts";
import { errorLabel } from "../model/errors.ts";
import type { PayEvent } from "../model/event.ts";
import type { PaymentId, ReviewId } from "../model/ids.ts";
import type { Review } from "../model/review.ts";
import { openedEvent } from "../recording/changes.ts";
import { deadLetterDigest } from "../recording/digest.ts";
import { warnOfReview } from "../recording/record-fact.ts";
import { createDeadline, type Deadline } from "../runtime/deadline.ts";
import { harmlessly, isPromise } from "../runtime/harmlessly.ts";
import { storeAgain } from "../runtime/store-again.ts";
import { describeError } from "./describe-error.ts";
import type { Handler } from "./handler.ts";

/** The part of the context that delivering needs. */
export type DeliveryContext = Pick<
  Context,
  "store" | "clock" | "random" | "ids" | "logger" | "handlers" | "onHandlerError"
>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds before each attempt. After the last one a person has to look. */
export const DELIVERY_DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Milliseconds a handler may take. */
export const HANDLER_TIMEOUT_MS: number = 30 * SECOND;

/** How long the end of a delivery is worth storing. */
export interface Patience {
  /** When the lease ends, in Unix milliseconds. Then another process may have the delivery, and the end changes nothing. */
  readonly until: number;
  /** Aborts when `stop()` waits no longer. */
  readonly signal: AbortSignal;
}

/**
 * One attempt: runs the handler and records how it ended. Never rejects.
 *
 * @param handled is called when the handler ended, before its end is stored
 * @param running holds the handler's deadline while it runs
 */
export async function attemptDelivery(
  context: DeliveryContext,
  delivery: LeasedDelivery,
  patience: Patience,
  handled: () => void,
  running: Set<Deadline>,
): Promise<void> {
  const { event, handler: name } = delivery;
  const handler = context.handlers.find((known) => known.name === name && known.type === event.type);
  const ending =
    handler === undefined ? failed("no such handler") : await attemptTo(context, handler, delivery, running);
  handled();
  if (ending === "done" && handler?.tx) return;
  if (ending !== "done") report(context, delivery, ending);
  await finish(context, delivery, patience, deliveryOutcomeOf(context, delivery, ending));
}

/** Gives back a delivery whose handler is not called under this lease. Never rejects. */
export async function releaseDelivery(
  context: DeliveryContext,
  delivery: LeasedDelivery,
  patience: Patience,
): Promise<void> {
  await finish(context, delivery, patience, { kind: "released", at: context.clock.now() });
}

async function finish(
  { clock, logger, store }: DeliveryContext,
  delivery: LeasedDelivery,
  { signal, until }: Patience,
  outcome: DeliveryOutcome,
): Promise<void> {
  try {
    // The lease has a number, so a repetition changes nothing once the end is stored, or another process has the delivery.
    await storeAgain(clock, until, () => store.finishDelivery(delivery, outcome), signal);
    if (outcome.kind === "dead") warnOfReview(logger, outcome.review);
  } catch (error) {
    // The lease ends and the event is delivered again: at least once.
    logger.error("The end of a delivery was not stored; the event will be delivered again.", {
      event: delivery.event.id,
      error: errorLabel(error),
    });
  }
}

/** How an attempt ended. `cut`: `close()` waited no longer for the handler, which says nothing against it. */
type Ending = "done" | "cut" | Failure;

/** Why an attempt failed, for the app, and for the store and the log. */
interface Failure {
  readonly error: unknown;
  readonly line: string;
}

function failed(line: string): Failure {
  return { error: new Error(line), line };
}

function thrown(error: unknown): Failure {
  return { error, line: describeError(error) };
}

function report(context: DeliveryContext, delivery: LeasedDelivery, ending: "cut" | Failure): void {
  const { attempt, event, handler } = delivery;
  const fields = { handler, event: event.id, ...aboutOf(event), attempt };
  if (ending === "cut") {
    context.logger.info("A handler was cut off because Pay closed; its event is due again at once.", fields);
    return;
  }
  context.logger.warn("A handler failed.", { ...fields, error: ending.line });
  harmlessly(() => context.onHandlerError?.(ending.error, { event, handler, attempt }));
}

/** An attempt beyond the last means that processes died while they ran the handler: it would kill this process too. */
async function attemptTo(
  context: DeliveryContext,
  handler: Handler,
  delivery: LeasedDelivery,
  running: Set<Deadline>,
): Promise<Ending> {
  if (delivery.attempt > DELIVERY_DELAYS_MS.length) return failed("no attempt ever ended");
  return run(context, handler, delivery, running);
}

/** Runs a handler with its deadline. */
async function run(
  { clock, store }: DeliveryContext,
  handler: Handler,
  delivery: LeasedDelivery,
  running: Set<Deadline>,
): Promise<Ending> {
  const { event } = delivery;
  const deadline = createDeadline(clock, HANDLER_TIMEOUT_MS);
  const within = (tx?: HandlerTransaction) => handler.run(event, contextOf(deadline, tx));
  try {
    const work = handler.tx
      ? store.deliverInTransaction?.(delivery, deadline.signal, async (tx) => void (await within(tx)))
      : within();
    // A handler that ends synchronously needs no deadline.
    if (!isPromise(work)) return "done";
    running.add(deadline);
    const ended = Promise.resolve(work).then(() => "done" as const, thrown);
    const ending = await Promise.race([ended, deadline.passed.then(() => failed("timed out"))]);
    return ending !== "done" && deadline.isExpired ? "cut" : ending;
  } catch (error) {
    return thrown(error);
  } finally {
    deadline.clear();
    running.delete(deadline);
  }
}

function contextOf(deadline: Deadline, tx: HandlerTransaction | undefined): HandlerContext | TransactionContext {
  return {
    get signal() {
      return deadline.signal;
    },
    ...(tx && { tx }),
  };
}

function deliveryOutcomeOf(
  { clock, random, ids }: DeliveryContext,
  delivery: Delivery,
  ending: Ending,
): DeliveryOutcome {
  const at = clock.now();
  if (ending === "done") return { kind: "delivered", at };
  if (ending === "cut") return { kind: "released", at };
  const error = ending.line;
  const delayMs = DELIVERY_DELAYS_MS[delivery.attempt];
  if (delayMs !== undefined) {
    // Up to a fifth later, so that handlers that failed together are not retried together.
    const jitter = (random(1)[0]! / 255) * 0.2;
    return { kind: "retry", at, dueAt: at + Math.round(delayMs * (1 + jitter)), error };
  }
  const { event, handler } = delivery;
  const { paymentId, review: about } = aboutOf(event);
  const review: Review = {
    id: ids.review(),
    kind: "dead_letter",
    ...(paymentId !== undefined && { paymentId }),
    digest: deadLetterDigest(event.id, handler),
    openedAt: at,
    details: { event: event.id, type: event.type, handler, ...(about !== undefined && { review: about }) },
    candidates: [],
    status: "open",
    actions: [],
  };
  // An event about the dead letter of such an event would be the next link of an endless chain.
  return { kind: "dead", at, error, review, ...(about === undefined && { event: openedEvent(ids, review) }) };
}

/** The payment and the review that an event is about. */
function aboutOf(event: PayEvent): { readonly paymentId?: PaymentId | undefined; readonly review?: ReviewId } {
  return "review" in event
    ? { paymentId: event.review.paymentId, review: event.review.id }
    : { paymentId: event.payment.id };
}
