import { storable } from "../adapter/storable.ts";
import type {
  Call,
  CallbackOutcome,
  CallbackReply,
  CallbackRequest,
  PaymentProvider,
  ProviderTraits,
  Reception,
} from "../contract/provider.ts";
import type { SettleQuery } from "../contract/store.ts";
import type { CallbackNotes } from "../exchange/exchanges.ts";
import { className, isPayError } from "../model/errors.ts";
import type { HeardFact, RefundFact } from "../model/fact.ts";
import { parseRefundReference } from "../model/ids.ts";
import type { Money } from "../model/money.ts";
import { type Keyring, keyedDigest } from "../security/keyring.ts";
import { factDigest } from "./digest.ts";
import { askAtOnce, type HearsayDeps, isHearsay } from "./hearsay.ts";
import type { createReport } from "./report.ts";
import { returnAddress } from "./return-address.ts";
import { settle } from "./settle.ts";
import { type Heard, subjectOf } from "./subject.ts";

export interface CallbackDeps extends HearsayDeps {
  readonly keyring: Keyring;
  /** Counts callbacks that were refused, for the operator. */
  readonly refusals: ReturnType<typeof createReport>;
}

/** The life of one callback: receive, settle, commit, and only then reply. What is known at once costs no turn. */
export function handleCallback(
  deps: CallbackDeps,
  instance: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
  notes?: CallbackNotes,
): CallbackReply | Promise<CallbackReply> {
  const received = receive(deps, instance, provider, request, call);
  return received instanceof Promise
    ? received.then((reception) => replyTo(deps, instance, provider, reception, notes))
    : replyTo(deps, instance, provider, received, notes);
}

const ERROR: CallbackOutcome = { kind: "error" };

function receive(
  deps: CallbackDeps,
  instance: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
): Reception | undefined | Promise<Reception | undefined> {
  try {
    const reception = provider.receive(request, call);
    if (!("then" in reception)) return reception;
    return Promise.race([reception, timeUp(call.signal)]).catch((error) => notReceived(deps, instance, error));
  } catch (error) {
    return notReceived(deps, instance, error);
  }
}

function notReceived({ logger }: CallbackDeps, instance: string, error: unknown): Reception | undefined {
  if (isPayError(error) && error.code === "MALFORMED") {
    return { kind: "refused", reason: "malformed", detail: error.message };
  }
  logger.error("The adapter failed on a callback.", { provider: instance, error: className(error) });
  return undefined;
}

function replyTo(
  deps: CallbackDeps,
  instance: string,
  provider: PaymentProvider,
  reception: Reception | undefined,
  notes: CallbackNotes | undefined,
): CallbackReply | Promise<CallbackReply> {
  if (notes !== undefined) notes.reception = reception;
  if (reception === undefined) return provider.reply(ERROR, reception);
  switch (reception.kind) {
    case "ignored":
      return reception.reply;
    case "refused":
      deps.refusals({ provider: instance, reason: reception.reason });
      return provider.reply({ kind: "refused", reason: reception.reason }, reception);
    default:
      return outcomeOf(deps, instance, provider, reception).then((outcome) => {
        if (notes !== undefined) notes.outcome = outcome;
        return provider.reply(outcome, reception);
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
  instance: string,
  provider: PaymentProvider,
  reception: Exclude<Reception, { kind: "ignored" | "refused" }>,
): Promise<CallbackOutcome> {
  try {
    const settled = isHearsay(provider)
      ? await askAtOnce(deps, provider.account, reception)
      : await settle(deps, settlementOf(deps, provider, reception));
    switch (settled.kind) {
      case "unasked":
        return { kind: "refused", reason: "unauthenticated" };
      case "unanswered":
        return ERROR;
      case "unknown_payment":
        deps.logger.warn("A notification about an unknown payment was kept.", { provider: instance });
        return { kind: "unknown_payment" };
      case "orphans_full":
        deps.logger.error("Too many notifications about unknown payments: not kept.", { provider: instance });
        return ERROR;
      default:
        return {
          kind: settled.kind,
          payment: settled.record.payment,
          redirectUrl: returnAddress(settled.record),
        };
    }
  } catch (error) {
    deps.logger.error("A callback was not committed; the gateway is told to send it again.", {
      provider: instance,
      error: className(error),
    });
    return ERROR;
  }
}

function settlementOf(deps: CallbackDeps, provider: PaymentProvider, heard: Heard) {
  const { account, traits } = provider;
  const { about } = heard;
  const fact = factOf(heard);
  const digest = factDigest(fact, "eventId" in heard ? heard.eventId : undefined);
  const subject = subjectOf(heard);
  // A ref may be seen first here; what came under it alone is waiting then. Own addresses leave nothing to wait.
  const adopt = subject.paymentId !== undefined && subject.ref !== undefined && byRef(traits);
  const query: SettleQuery = {
    account,
    ...subject,
    // Asking twice is no repetition: the gateway may know more the second time.
    ...(fact.kind !== "ask" && { digest }),
    ...(adopt && { adopt }),
    ...(heard.kind === "notification" && { foreseen: foreseenOf(heard) }),
  };
  const email = "buyerEmail" in heard ? heard.buyerEmail : undefined;
  const receivedAt = deps.now();
  return {
    query,
    fact,
    failureIsFinal: traits.failureIsFinal,
    orphan: () => ({
      account,
      subject: query.paymentId ?? query.ref ?? ("reference" in about ? storable(about.reference) : ""),
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

function foreseenOf({
  observed: { amount },
}: Extract<Heard, { kind: "notification" }>): SettleQuery["foreseen"] & object {
  return amount === undefined ? {} : { amount };
}

function factOf(heard: Heard): HeardFact {
  const { about, details, ref } = heard;
  const known = ref ?? ("ref" in about ? about.ref : undefined);
  const common = {
    ...(known !== undefined && { ref: known }),
    ...(details !== undefined && { details: storableValues(details) }),
  };
  if (heard.kind === "ask") return { kind: "ask", ...common };
  if (heard.kind === "refund") return { ...refundFact(heard.refund), ...common };
  return { kind: heard.observed.status, ...said(heard.observed), ...common };
}

function refundFact(refund: Extract<Heard, { kind: "refund" }>["refund"]): RefundFact {
  const { reference, ref, status } = refund;
  const ours = reference === undefined ? undefined : parseRefundReference(reference);
  return {
    kind: `refund_${status}`,
    ...(ours !== undefined && { refund: ours }),
    ...(ref !== undefined && { refundRef: storable(ref) }),
    ...said(refund),
  };
}

function said({ amount, raw }: { readonly amount?: Money; readonly raw?: string }) {
  return { ...(amount !== undefined && { amount }), ...(raw !== undefined && { raw: storable(raw) }) };
}

function storableValues(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, storable(value)]));
}

function byRef({ callback }: ProviderTraits): boolean {
  return callback.correlation !== "callback-url";
}
