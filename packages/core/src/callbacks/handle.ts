import type { Context } from "../context.ts";
import type {
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  ParsedCallback,
  PaymentProvider,
} from "../contract/provider.ts";
import type { CallbackNotes } from "../exchanges/report-exchanges.ts";
import { errorLabel, isPayError } from "../model/errors.ts";
import { returnAddress } from "../model/return-address.ts";
import { recordFact } from "../recording/record-fact.ts";
import { carriesNoProof } from "./carries-no-proof.ts";
import { factToRecord, type PaymentCallback } from "./to-fact.ts";
import { verifyNow } from "./verify-by-retrieve.ts";

const ERROR: CallbackOutcome = { kind: "error" };

/**
 * The life of one callback: authenticate and parse it, record what it says, commit, and only then reply. A callback that needs no
 * waiting takes no turn of the event loop.
 *
 * Each kind of proof is checked in one place:
 * - a secret or a signature: in the adapter's `receive`, which `handleCallback` calls first
 * - the payment's own address: in `authenticateAddress` of `address.ts`, which the router calls before `handleCallback`
 * - no proof: `verifyNow` of `verify-by-retrieve.ts` asks the gateway, and Pay records its answer instead of the callback
 */
export function handleCallback(
  context: Context,
  providerName: string,
  provider: PaymentProvider,
  request: CallbackRequest & { readonly unreadable?: readonly string[] },
  call: Call,
  notes: CallbackNotes = {},
): CallbackReply | Promise<CallbackReply> {
  const received = receive(context, providerName, provider, request, call);
  const reply = (parsed: ParsedCallback | undefined) =>
    replyTo(context, providerName, provider, withUnreadable(parsed, request.unreadable), notes);
  return received instanceof Promise ? received.then(reply) : reply(received);
}

function receive(
  context: Context,
  providerName: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
): ParsedCallback | undefined | Promise<ParsedCallback | undefined> {
  try {
    const parsed = provider.receive(request, call);
    if (!("then" in parsed)) return parsed;
    return Promise.race([parsed, timeUp(call.signal)]).catch((error) => notReceived(context, providerName, error));
  } catch (error) {
    return notReceived(context, providerName, error);
  }
}

/** Names in the history what the adapter asked for and could not be read. */
function withUnreadable(parsed: ParsedCallback | undefined, names: readonly string[] = []): ParsedCallback | undefined {
  if (names.length === 0 || parsed === undefined || !("about" in parsed)) return parsed;
  return { ...parsed, details: { ...parsed.details, unreadable: [...new Set(names)].join(", ") } };
}

function notReceived({ rarely }: Context, providerName: string, error: unknown): ParsedCallback | undefined {
  if (isPayError(error) && error.code === "MALFORMED") {
    return { kind: "refused", reason: "malformed", detail: error.message };
  }
  rarely.error("The adapter failed on a callback.", { providerName, error: errorLabel(error) });
  return undefined;
}

function replyTo(
  context: Context,
  providerName: string,
  provider: PaymentProvider,
  parsed: ParsedCallback | undefined,
  notes: CallbackNotes,
): CallbackReply | Promise<CallbackReply> {
  notes.parsed = parsed;
  if (parsed === undefined) return provider.reply(ERROR, parsed);
  switch (parsed.kind) {
    case "ignored":
      return parsed.reply;
    case "refused":
      return provider.reply({ kind: "refused", reason: parsed.reason }, parsed);
    default:
      return record(context, providerName, provider, parsed, notes).then((outcome) => {
        notes.outcome = outcome;
        return provider.reply(outcome, parsed);
      });
  }
}

/** An adapter that never answers must not keep the gateway, or a shutdown, waiting. */
function timeUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("time is up")), { once: true });
  });
}

async function record(
  context: Context,
  providerName: string,
  provider: PaymentProvider,
  callback: PaymentCallback,
  notes: CallbackNotes,
): Promise<CallbackOutcome> {
  try {
    const recorded = carriesNoProof(provider)
      ? await verifyNow(context, provider.merchantAccount, callback)
      : await recordFact(context, factToRecord(context, provider, callback));
    switch (recorded.kind) {
      case "not_asked":
        // The caller gets the answer of any other refusal, so that guessing teaches nothing.
        notes.unverified = "unknown_payment";
        return { kind: "refused", reason: "unauthenticated" };
      case "unanswered":
        // Anybody who knows a payment can cause this, its buyer too. An error is 5xx, and a proxy would take the server for dead.
        notes.unverified = "not_verified";
        return { kind: "refused", reason: "unauthenticated" };
      case "not_stored":
        return ERROR;
      case "unknown_payment":
        context.rarely.warn("A notification about an unknown payment was kept.", { providerName });
        return { kind: "unknown_payment", returnUrl: new URL("/", context.baseUrl).href };
      case "unmatched_full":
        context.rarely.error("A notification was not kept: too many about unknown payments are waiting.", {
          providerName,
        });
        return ERROR;
      default:
        return {
          kind: recorded.kind,
          payment: recorded.record.payment,
          returnUrl: returnAddress(recorded.record),
        };
    }
  } catch (error) {
    context.rarely.error("A callback was not committed; the gateway is told to send it again.", {
      providerName,
      error: errorLabel(error),
    });
    return ERROR;
  }
}
