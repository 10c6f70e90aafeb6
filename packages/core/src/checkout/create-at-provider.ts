import { isSafeAddress } from "../adapter-kit/addresses.ts";
import type { Context } from "../context.ts";
import type { CreateOutcome, CreateRequest, FormAction } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { errorLabel } from "../model/errors.ts";
import type { Fact } from "../model/fact.ts";
import type { PaymentId } from "../model/ids.ts";
import type { NextAction, SealedForm } from "../model/payment.ts";
import { callProvider, orUnknown, reasonOf } from "../runtime/call-provider.ts";
import type { Keyring } from "../security/keyring.ts";
import { sealForm } from "../security/sealed-form.ts";

/** Creates a payment at the gateway, with a deadline. Never throws: if the adapter fails, the outcome is unknown. */
export async function createAtProvider(
  { clock, createTimeoutMs, exchanges, keyring, logger }: Context,
  providerName: string,
  provider: AnyProvider,
  request: CreateRequest<unknown>,
): Promise<Fact> {
  try {
    const { buyer, callbackUrl, paymentId } = request;
    const report = exchanges?.sentBy({ providerName, provider, paymentId, buyer, callbackUrl });
    const answer = await callProvider(clock, createTimeoutMs, (call) => provider.create(request, call), report);
    return factOf(orUnknown(answer), (next) => sealNext(keyring, request.paymentId, next));
  } catch (error) {
    logger.error("The adapter failed on a create; its outcome is unknown.", {
      providerName,
      paymentId: request.paymentId,
      error: errorLabel(error),
    });
    return { kind: "create_unknown", reason: "the adapter failed" };
  }
}

/** The next action as it is stored: the fields of a form are encrypted. */
function sealNext(keyring: Keyring, paymentId: PaymentId, next: NextAction | FormAction): NextAction | SealedForm {
  if (next.kind !== "form") return next;
  // A form that no page can show must fail here, while the shop can still be told.
  const isShowable = isSafeAddress(next.url) && Object.values(next.fields).every((value) => typeof value === "string");
  if (!isShowable) throw new TypeError("The form must lead to an https address, and its fields must be texts.");
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

/** An adapter may misread the time. The deadline of its traits applies then. */
function isTime(at: number): boolean {
  return Number.isSafeInteger(at) && at > 0;
}
