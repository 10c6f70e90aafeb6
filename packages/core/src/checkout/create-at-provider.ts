import { isSafeAddress } from "../adapter-kit/addresses.ts";
import type { AnyProvider } from "../contract/checkout.ts";
import type { CreateOutcome, CreateRequest, FormAction } from "../contract/provider.ts";
import type { Clock, Logger } from "../contract/runtime.ts";
import type { Exchanges } from "../exchanges/report-exchanges.ts";
import { className } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import type { NextAction, SealedForm } from "../model/payment.ts";
import { callGateway, orUnknown } from "../runtime/call-provider.ts";
import type { Keyring } from "../security/keyring.ts";
import { sealForm } from "../security/sealed-form.ts";

export interface CreateDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keyring: Keyring;
  /** Milliseconds a gateway has to answer. */
  readonly createTimeoutMs: number;
  /** Where somebody wants to know. */
  readonly exchanges?: Exchanges | undefined;
}

/** Asks the gateway for a payment, within its time. Never throws: what goes wrong in an adapter leaves the outcome unknown. */
export async function callCreate(
  { clock, createTimeoutMs, exchanges, keyring, logger }: CreateDeps,
  providerName: string,
  provider: AnyProvider,
  request: CreateRequest<unknown>,
): Promise<Fact> {
  try {
    const { buyer, callbackUrl, paymentId } = request;
    const heard = exchanges?.sentBy({ providerName, provider, paymentId, buyer, callbackUrl });
    const answer = await callGateway(clock, createTimeoutMs, (call) => provider.create(request, call), heard);
    return factOf(orUnknown(answer), (next) => storableNext(keyring, request.paymentId, next));
  } catch (error) {
    logger.error("The adapter failed on a create; its outcome is unknown.", {
      provider: provider.name,
      paymentId: request.paymentId,
      error: className(error),
    });
    return { kind: "create_unknown", reason: "the adapter failed" };
  }
}

/** What may be stored of it: the fields of a form only encrypted. */
function storableNext(keyring: Keyring, paymentId: PaymentId, next: NextAction | FormAction): NextAction | SealedForm {
  if (next.kind !== "form") return next;
  // It is served once, so what no page can show must not get that far.
  const isShowable = isSafeAddress(next.url) && Object.values(next.fields).every((value) => typeof value === "string");
  if (!isShowable) throw new TypeError("The form leads to no https address, or has a field that is no text.");
  return { kind: "form", sealed: sealForm(keyring.current, paymentId, next) };
}

function factOf(outcome: CreateOutcome, storable: (next: NextAction | FormAction) => NextAction | SealedForm): Fact {
  switch (outcome.kind) {
    case "accepted": {
      const { providerReference, next, expiresAt } = outcome;
      return {
        kind: "create_accepted",
        next: storable(next),
        ...(providerReference !== undefined && { providerReference }),
        ...(expiresAt !== undefined && isTime(expiresAt) && { expiresAt }),
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
      return { kind: `create_${outcome.kind}`, reason: reasonOf(outcome.cause) };
    default:
      outcome satisfies never;
      throw new TypeError("The adapter answered with no known outcome.");
  }
}

/** An adapter may have misread it: then the deadline of its traits stands. */
function isTime(milliseconds: number): boolean {
  return Number.isSafeInteger(milliseconds) && milliseconds > 0;
}

// What `send()` says of a failure: a code in capitals, or one of its few words.
const REASON = /^(?:[A-Z][A-Z_]{2,59}|HTTP \d{3}(?: with an unreadable answer)?|time is up)$/;

/** It is stored and shown: anything else an adapter may give can hold an address or a secret, so only its class is kept. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  return REASON.test(cause.message) ? cause.message : cause.name;
}
