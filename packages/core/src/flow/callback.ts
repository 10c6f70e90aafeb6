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
import { className, isPayError } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import { paymentIdOfReference } from "../model/ids.ts";
import { type Keyring, keyedDigest } from "../security/keyring.ts";
import { factDigest } from "./digest.ts";
import { returnAddress } from "./return-address.ts";
import { type SettleDeps, settle } from "./settle.ts";

export interface CallbackDeps extends SettleDeps {
  readonly keyring: Keyring;
}

type Notification = Extract<Reception, { kind: "notification" }>;

/** The life of one callback: receive, settle, commit, and only then reply. */
export async function handleCallback(
  deps: CallbackDeps,
  instance: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
): Promise<CallbackReply> {
  const reception = await receive(deps, instance, provider, request, call);
  const outcome = reception === undefined ? ERROR : await outcomeOf(deps, instance, provider, reception);
  return provider.reply(outcome, reception);
}

const ERROR: CallbackOutcome = { kind: "error" };

async function receive(
  { logger }: CallbackDeps,
  instance: string,
  provider: PaymentProvider,
  request: CallbackRequest,
  call: Call,
): Promise<Reception | undefined> {
  try {
    const reception = provider.receive(request, call);
    return await ("then" in reception ? Promise.race([reception, timeUp(call.signal)]) : reception);
  } catch (error) {
    if (isPayError(error) && error.code === "MALFORMED") {
      return { kind: "refused", reason: "malformed", detail: error.message };
    }
    logger.error("The adapter failed on a callback.", { provider: instance, error: className(error) });
    return undefined;
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
  reception: Reception,
): Promise<CallbackOutcome> {
  if (reception.kind === "refused") {
    deps.logger.warn("A callback was refused.", { provider: instance, reason: reception.reason });
    return { kind: "refused", reason: reception.reason };
  }
  try {
    const settled = await settle(deps, settlementOf(deps, provider, reception));
    switch (settled.kind) {
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

function settlementOf(deps: CallbackDeps, provider: PaymentProvider, notification: Notification) {
  const { account, traits } = provider;
  const { about } = notification;
  const fact = factOf(notification);
  const digest = factDigest(fact, notification.eventId);
  const subject = subjectOf(notification);
  // A ref may be seen first here; what came under it alone is waiting then. Own addresses leave nothing to wait.
  const adopt = subject.paymentId !== undefined && subject.ref !== undefined && byRef(traits);
  const { amount } = fact;
  const query: SettleQuery = {
    account,
    ...subject,
    digest,
    ...(adopt && { adopt }),
    foreseen: amount === undefined ? {} : { amount },
  };
  const email = notification.buyerEmail;
  return {
    query,
    fact,
    failureIsFinal: traits.failureIsFinal,
    orphan: {
      account,
      subject: query.paymentId ?? query.ref ?? ("reference" in about ? storable(about.reference) : ""),
      digest,
      fact,
      receivedAt: deps.now(),
      ...(email !== undefined && { buyerDigest: buyerDigest(deps.keyring, email) }),
    },
  };
}

/** Digest by which an orphan and a payment of the same buyer find each other. */
export function buyerDigest(keyring: Keyring, email: string): string {
  return keyedDigest(keyring.current, "buyer-email", email.trim().toLowerCase());
}

function factOf({ observed, ref, about, details }: Notification): NotificationFact {
  const known = ref ?? ("ref" in about ? about.ref : undefined);
  return {
    kind: observed.status,
    ...(known !== undefined && { ref: known }),
    ...(observed.amount !== undefined && { amount: observed.amount }),
    ...(observed.raw !== undefined && { raw: storable(observed.raw) }),
    ...(details !== undefined && { details: storableValues(details) }),
  };
}

function storableValues(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, storable(value)]));
}

function subjectOf({ about, ref }: Notification): Pick<SettleQuery, "paymentId" | "ref"> {
  if ("ref" in about) return { ref: about.ref };
  const paymentId = "paymentId" in about ? about.paymentId : paymentIdOfReference(about.reference);
  return { ...(paymentId !== undefined && { paymentId }), ...(ref !== undefined && { ref }) };
}

function byRef({ callback }: ProviderTraits): boolean {
  return callback.correlation !== "callback-url";
}
