import { storable } from "../adapter-kit/storable.ts";
import type {
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  ParsedCallback,
  PaymentProvider,
  ProviderTraits,
} from "../contract/provider.ts";
import type { UpdateQuery } from "../contract/store.ts";
import type { CallbackNotes } from "../exchanges/report-exchanges.ts";
import { className, isPayError } from "../model/errors.ts";
import type { CallbackFact, RefundFact } from "../model/fact.ts";
import { parseRefundMerchantReference } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { returnAddress } from "../model/return-address.ts";
import { factDigest } from "../recording/digest.ts";
import { recordFact } from "../recording/record-fact.ts";
import type { createReport } from "../runtime/limited-log.ts";
import { type Keyring, keyedDigest } from "../security/keyring.ts";
import { type PaymentCallback, subjectOf } from "./subject.ts";
import { isUnauthenticated, type UnauthenticatedDeps, verifyNow } from "./unauthenticated.ts";

export interface CallbackDeps extends UnauthenticatedDeps {
  readonly keyring: Keyring;
  /** Counts callbacks that were refused, for the operator. */
  readonly refusals: ReturnType<typeof createReport>;
}

/** The life of one callback: receive, settle, commit, and only then reply. What is known at once costs no turn. */
export function handleCallback(
  deps: CallbackDeps,
  providerName: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
  notes?: CallbackNotes,
): CallbackReply | Promise<CallbackReply> {
  const received = receive(deps, providerName, provider, request, call);
  return received instanceof Promise
    ? received.then((parsed) => replyTo(deps, providerName, provider, parsed, notes))
    : replyTo(deps, providerName, provider, received, notes);
}

const ERROR: CallbackOutcome = { kind: "error" };

function receive(
  deps: CallbackDeps,
  providerName: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
): ParsedCallback | undefined | Promise<ParsedCallback | undefined> {
  try {
    const parsed = provider.receive(request, call);
    if (!("then" in parsed)) return parsed;
    return Promise.race([parsed, timeUp(call.signal)]).catch((error) => notReceived(deps, providerName, error));
  } catch (error) {
    return notReceived(deps, providerName, error);
  }
}

function notReceived({ logger }: CallbackDeps, providerName: string, error: unknown): ParsedCallback | undefined {
  if (isPayError(error) && error.code === "MALFORMED") {
    return { kind: "refused", reason: "malformed", detail: error.message };
  }
  logger.error("The adapter failed on a callback.", { providerName, error: className(error) });
  return undefined;
}

function replyTo(
  deps: CallbackDeps,
  providerName: string,
  provider: PaymentProvider,
  parsed: ParsedCallback | undefined,
  notes: CallbackNotes | undefined,
): CallbackReply | Promise<CallbackReply> {
  if (notes !== undefined) notes.parsed = parsed;
  if (parsed === undefined) return provider.reply(ERROR, parsed);
  switch (parsed.kind) {
    case "ignored":
      return parsed.reply;
    case "refused":
      deps.refusals({ providerName, reason: parsed.reason });
      return provider.reply({ kind: "refused", reason: parsed.reason }, parsed);
    default:
      return outcomeOf(deps, providerName, provider, parsed).then((outcome) => {
        if (notes !== undefined) notes.outcome = outcome;
        return provider.reply(outcome, parsed);
      });
  }
}

/** An adapter that never ends must not keep the gateway, and a shutdown, waiting. */
function timeUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("time is up")), { once: true });
  });
}

async function outcomeOf(
  deps: CallbackDeps,
  providerName: string,
  provider: PaymentProvider,
  parsed: Exclude<ParsedCallback, { kind: "ignored" | "refused" }>,
): Promise<CallbackOutcome> {
  try {
    const recorded = isUnauthenticated(provider)
      ? await verifyNow(deps, provider.merchantAccount, parsed)
      : await recordFact(deps, factToRecord(deps, provider, parsed));
    switch (recorded.kind) {
      case "not_asked":
        return { kind: "refused", reason: "unauthenticated" };
      case "unanswered":
        return ERROR;
      case "unknown_payment":
        deps.logger.warn("A notification about an unknown payment was kept.", { providerName });
        return { kind: "unknown_payment" };
      case "unmatched_full":
        deps.logger.error("Too many notifications about unknown payments: not kept.", { providerName });
        return ERROR;
      default:
        return {
          kind: recorded.kind,
          payment: recorded.record.payment,
          redirectUrl: returnAddress(recorded.record),
        };
    }
  } catch (error) {
    deps.logger.error("A callback was not committed; the gateway is told to send it again.", {
      providerName,
      error: className(error),
    });
    return ERROR;
  }
}

function factToRecord(deps: CallbackDeps, provider: PaymentProvider, heard: PaymentCallback) {
  const { merchantAccount, traits } = provider;
  const { about } = heard;
  const fact = factOf(heard);
  const digest = factDigest(fact, "eventId" in heard ? heard.eventId : undefined);
  const subject = subjectOf(heard);
  // A ref may be seen first here; what came under it alone is waiting then. Own addresses leave nothing to wait.
  const adopt =
    subject.paymentId !== undefined && subject.providerReference !== undefined && byProviderReference(traits);
  const query: UpdateQuery = {
    merchantAccount,
    ...subject,
    // Asking twice is no repetition: the gateway may know more the second time.
    ...(fact.kind !== "check_status" && { digest }),
    ...(adopt && { adopt }),
    ...(heard.kind === "notification" && { expected: expectedOf(heard) }),
  };
  const email = "buyerEmail" in heard ? heard.buyerEmail : undefined;
  const receivedAt = deps.now();
  return {
    query,
    fact,
    failureIsFinal: traits.failureIsFinal,
    unmatched: () => ({
      merchantAccount,
      subject:
        query.paymentId ??
        query.providerReference ??
        ("merchantReference" in about ? storable(about.merchantReference) : ""),
      digest,
      fact,
      receivedAt,
      ...(email !== undefined && { buyerDigest: buyerDigest(deps.keyring, email) }),
    }),
  };
}

/** Digest by which an orphan and a payment of the same buyer find each other. */
export function buyerDigest(keyring: Keyring, email: string): string {
  return keyedDigest(keyring.current, "buyer-email", email.trim().toLowerCase());
}

function expectedOf({
  reported: { amount },
}: Extract<PaymentCallback, { kind: "notification" }>): UpdateQuery["expected"] & object {
  return amount === undefined ? {} : { amount };
}

function factOf(heard: PaymentCallback): CallbackFact {
  const { about, details, providerReference } = heard;
  const known = providerReference ?? ("providerReference" in about ? about.providerReference : undefined);
  const common = {
    ...(known !== undefined && { providerReference: known }),
    ...(details !== undefined && { details: storableValues(details) }),
  };
  if (heard.kind === "check_status") return { kind: "check_status", ...common };
  if (heard.kind === "refund") return { ...refundFact(heard.refund), ...common };
  return { kind: heard.reported.status, ...said(heard.reported), ...common };
}

function refundFact(refund: Extract<PaymentCallback, { kind: "refund" }>["refund"]): RefundFact {
  const { merchantReference: reference, providerReference, status } = refund;
  const ours = reference === undefined ? undefined : parseRefundMerchantReference(reference);
  return {
    kind: `refund_${status}`,
    ...(ours !== undefined && { refund: ours }),
    ...(providerReference !== undefined && { refundProviderReference: storable(providerReference) }),
    ...said(refund),
  };
}

function said({ amount, providerStatus }: { readonly amount?: Money; readonly providerStatus?: string }) {
  return {
    ...(amount !== undefined && { amount }),
    ...(providerStatus !== undefined && { providerStatus: storable(providerStatus) }),
  };
}

function storableValues(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, storable(value)]));
}

function byProviderReference({ callback }: ProviderTraits): boolean {
  return callback.correlation !== "callback-url";
}
