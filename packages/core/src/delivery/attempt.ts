import type { Context } from "../context.ts";
import type { HandlerContext, TransactionContext } from "../contract/pay.ts";
import type { Delivery, DeliveryOutcome, HandlerTransaction } from "../contract/store.ts";
import { errorLabel } from "../model/errors.ts";
import type { PayEvent } from "../model/event.ts";
import type { PaymentId, ReviewId } from "../model/ids.ts";
import type { Review } from "../model/review.ts";
import { openedEvent } from "../recording/changes.ts";
import { deadLetterDigest } from "../recording/digest.ts";
import { warnOfReview } from "../recording/record-fact.ts";
import { createDeadline, type Deadline } from "../runtime/deadline.ts";
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

/** Why an attempt failed that `close()` waited for no longer. It says nothing against the handler, so the next one is due at once. */
const CUT = "Pay was closed before it ended";

/** Milliseconds a handler may take. */
export const HANDLER_TIMEOUT_MS: number = 30 * SECOND;

/**
 * One attempt: runs the handler and records how it ended. Never rejects.
 *
 * @param handled is called when the handler ended, before its end is stored
 * @param running holds the handler's deadline while it runs
 */
export async function attemptDelivery(
  context: DeliveryContext,
  delivery: Delivery,
  handled: () => void = () => {},
  running: Set<Deadline> = new Set(),
): Promise<void> {
  const { event, handler: name, attempt } = delivery;
  const handler = context.handlers.find((known) => known.name === name && known.type === event.type);
  const failure =
    handler === undefined ? failed("no such handler") : await attemptTo(context, handler, delivery, running);
  handled();
  if (failure === undefined && handler?.tx) return;
  if (failure !== undefined) {
    context.logger.warn("A handler failed.", {
      handler: name,
      event: event.id,
      ...aboutOf(event),
      attempt,
      error: failure.line,
    });
    toApp(context, failure.error, delivery);
  }
  try {
    const outcome = deliveryOutcomeOf(context, delivery, failure?.line);
    await context.store.finishDelivery(delivery, outcome);
    if (outcome.kind === "dead") warnOfReview(context.logger, outcome.review);
  } catch (error) {
    // The lease ends and the event is delivered again: at least once.
    context.logger.error("The end of a delivery was not stored; the event will be delivered again.", {
      event: event.id,
      error: errorLabel(error),
    });
  }
}

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

/** A failure of the app's function harms nothing here. */
function toApp({ onHandlerError }: DeliveryContext, error: unknown, delivery: Delivery): void {
  try {
    const returned = onHandlerError?.(error, { ...delivery });
    if (isPromise(returned)) returned.then(undefined, () => {});
  } catch {
    // The same as with a logger.
  }
}

/** An attempt beyond the last means that processes died while they ran the handler: it would kill this process too. */
async function attemptTo(
  context: DeliveryContext,
  handler: Handler,
  delivery: Delivery,
  running: Set<Deadline>,
): Promise<Failure | undefined> {
  if (delivery.attempt > DELIVERY_DELAYS_MS.length) return failed("no attempt ever ended");
  return run(context, handler, delivery, running);
}

/** Runs a handler with its deadline. Returns what went wrong, if anything did. */
async function run(
  { clock, store }: DeliveryContext,
  handler: Handler,
  delivery: Delivery,
  running: Set<Deadline>,
): Promise<Failure | undefined> {
  const { event } = delivery;
  const deadline = createDeadline(clock, HANDLER_TIMEOUT_MS);
  const within = (tx?: HandlerTransaction) => handler.run(event, contextOf(deadline, tx));
  try {
    const work = handler.tx
      ? store.deliverInTransaction?.(delivery, deadline.signal, async (tx) => void (await within(tx)))
      : within();
    // A handler that ends synchronously needs no deadline.
    if (!isPromise(work)) return undefined;
    running.add(deadline);
    const ended = Promise.resolve(work).then(() => undefined, thrown);
    const failure = await Promise.race([ended, deadline.passed.then(() => failed("timed out"))]);
    return failure !== undefined && deadline.isExpired ? failed(CUT) : failure;
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

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined)?.then === "function";
}

function deliveryOutcomeOf(
  { clock, random, ids }: DeliveryContext,
  delivery: Delivery,
  failure: string | undefined,
): DeliveryOutcome {
  const at = clock.now();
  if (failure === undefined) return { kind: "delivered", at };
  const delayMs = DELIVERY_DELAYS_MS[delivery.attempt];
  if (delayMs !== undefined) {
    // Up to a fifth later, so that handlers that failed together are not retried together.
    const jitter = (random(1)[0]! / 255) * 0.2;
    const waitMs = failure === CUT ? 0 : Math.round(delayMs * (1 + jitter));
    return { kind: "retry", at, dueAt: at + waitMs, error: failure };
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
  return { kind: "dead", at, error: failure, review, ...(about === undefined && { event: openedEvent(ids, review) }) };
}

/** The payment and the review that an event is about. */
function aboutOf(event: PayEvent): { readonly paymentId?: PaymentId | undefined; readonly review?: ReviewId } {
  return "review" in event
    ? { paymentId: event.review.paymentId, review: event.review.id }
    : { paymentId: event.payment.id };
}
