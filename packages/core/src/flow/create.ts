import { createCall } from "../adapter/http.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { CreateOutcome, CreateRequest } from "../contract/provider.ts";
import type { Clock, Logger } from "../contract/runtime.ts";
import { className } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import { startDeadline } from "./deadline.ts";

export interface CreateDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds a gateway has to answer. */
  readonly createTimeout: number;
}

/** Asks the gateway for a payment, within its time. Never throws: what goes wrong in an adapter leaves the outcome unknown. */
export async function callCreate(
  { clock, createTimeout, logger }: CreateDeps,
  provider: AnyProvider,
  request: CreateRequest<unknown>,
): Promise<Fact> {
  const deadline = startDeadline(clock, createTimeout);
  const late = deadline.passed.then((cause): CreateOutcome => ({ kind: "unknown", cause: new Error(cause) }));
  try {
    const call = createCall(deadline.signal, clock.now);
    return factOf(await Promise.race([provider.create(request, call), late]));
  } catch (error) {
    logger.error("The adapter failed on a create; its outcome is unknown.", {
      provider: provider.name,
      paymentId: request.paymentId,
      error: className(error),
    });
    return { kind: "create_unknown", raw: "the adapter failed" };
  } finally {
    deadline.clear();
  }
}

function factOf(outcome: CreateOutcome): Fact {
  switch (outcome.kind) {
    case "accepted": {
      const { ref, next, expiresAt } = outcome;
      return {
        kind: "create_accepted",
        next,
        ...(ref !== undefined && { ref }),
        ...(expiresAt !== undefined && { expiresAt }),
      };
    }
    case "rejected": {
      const { code, retryable, providerCode, field } = outcome;
      return {
        kind: "create_rejected",
        code,
        retryable,
        ...(providerCode !== undefined && { providerCode }),
        ...(field !== undefined && { field }),
      };
    }
    case "not_sent":
    case "unknown":
      return { kind: `create_${outcome.kind}`, raw: reasonOf(outcome.cause) };
    default:
      outcome satisfies never;
      throw new TypeError("The adapter answered with no known outcome.");
  }
}

// What `send()` says of a failure: a code in capitals, or one of its few words.
const REASON = /^(?:[A-Z][A-Z_]{2,59}|HTTP \d{3}(?: with an unreadable answer)?|time is up)$/;

/** It is stored and shown: anything else an adapter may give can hold an address or a secret, so only its class is kept. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  return REASON.test(cause.message) ? cause.message : cause.name;
}
