import { createCall } from "../adapter/http.ts";
import type { AnyProvider, CheckoutResult } from "../contract/checkout.ts";
import type { CreateOutcome, CreateRequest } from "../contract/provider.ts";
import type { Clock } from "../contract/runtime.ts";
import { PayError } from "../model/errors.ts";
import type { Fact, HistoryEntry } from "../model/fact.ts";
import { referenceOf } from "../model/ids.ts";
import { OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { callbackToken } from "../security/callback-tokens.ts";
import type { Keyring } from "../security/keyring.ts";
import { buyerDigest, type CallbackDeps } from "./callback.ts";
import { type CheckedRequest, checkRequest, type LooseRequest } from "./checkout-request.ts";
import { differingFields, requestDigests } from "./idempotency.ts";
import { withPayment } from "./return-address.ts";
import { settle } from "./settle.ts";

export interface CheckoutDeps extends CallbackDeps {
  readonly clock: Clock;
  readonly providers: ReadonlyMap<string, AnyProvider>;
  readonly defaultProvider: string | undefined;
  /** Public address of the handler, without a final slash. */
  readonly baseUrl: string;
  /** Milliseconds a gateway has to answer a create. */
  readonly createTimeout: number;
}

/** How often a call with the same idempotency key looks whether the other one is done, in milliseconds. */
const POLL = 50;

/**
 * Opens a payment and asks the gateway for it; with several providers, the next one only after the one before certainly
 * did not take it. What comes back is committed.
 */
export async function checkout(deps: CheckoutDeps, loose: LooseRequest): Promise<CheckoutResult> {
  const request = checkRequest(loose, deps.providers, deps.defaultProvider);
  const digests = request.idempotencyKey === undefined ? undefined : requestDigests(deps.keyring.current, request);
  const last = request.chosen.length - 1;
  for (const [attempt, { instance, provider }] of request.chosen.entries()) {
    const opened = draftRecord(deps, request, instance, provider, attempt, digests);
    const opening = deps.store.open({ record: opened, entry: openingEntry(opened) });
    const saved = await stored(opening, "The payment could not be saved, so the gateway was not asked.");
    if (saved.kind === "order_paid") {
      throw new PayError("ORDER_ALREADY_PAID", "The order is paid already.", { paymentId: saved.paymentId });
    }
    let done: Tried;
    if (saved.kind === "exists") {
      refuseOtherRequest(deps.keyring, saved.record, request);
      done = await awaitOther(deps, saved.record);
    } else {
      done = await tryProvider(deps, request, opened, provider);
    }
    if (done.kind === "ready") return done.result;
    if (!done.movesOn || attempt === last) throw done.error;
  }
  throw new Error("unreachable: every try returns or throws");
}

type Tried =
  | { readonly kind: "ready"; readonly result: CheckoutResult }
  | { readonly kind: "not_ready"; readonly error: PayError; readonly movesOn: boolean };

async function tryProvider(
  deps: CheckoutDeps,
  request: CheckedRequest,
  record: PaymentRecord,
  provider: AnyProvider,
): Promise<Tried> {
  const { payment } = record;
  const fact = await callCreate(deps, provider, {
    paymentId: payment.id,
    reference: referenceOf(payment.id),
    amount: payment.amount,
    description: payment.description,
    buyer: request.buyer,
    callbackUrl: callbackAddress(deps, record, provider),
    returnUrl: record.returnUrl,
    options: request.options[payment.provider],
  });
  const ref = fact.kind === "create_accepted" ? fact.ref : undefined;
  const settling = settle(deps, {
    query: { account: payment.account, paymentId: payment.id, ...(ref !== undefined && { ref, adopt: true }) },
    fact,
    failureIsFinal: provider.traits.failureIsFinal,
  });
  const settled = await stored(
    settling,
    "The gateway's answer could not be stored, so the buyer must not be sent to pay.",
    record,
  );
  if (!("record" in settled)) {
    throw new PayError("STORE_UNAVAILABLE", "The payment vanished from the store.", { paymentId: payment.id });
  }
  return triedOf(settled.record, fact);
}

async function callCreate(
  { clock, createTimeout, logger }: CheckoutDeps,
  provider: AnyProvider,
  request: CreateRequest<unknown>,
): Promise<Fact> {
  const deadline = new AbortController();
  const answered = new AbortController();
  const timeUp = clock.sleep(createTimeout, answered.signal).then((): CreateOutcome => {
    if (!answered.signal.aborted) deadline.abort();
    return { kind: "unknown", cause: new Error("time is up") };
  });
  try {
    const call = createCall(deadline.signal, clock.now);
    return factOf(await Promise.race([provider.create(request, call), timeUp]));
  } catch (error) {
    logger.error("The adapter failed on a create; its outcome is unknown.", {
      provider: provider.name,
      paymentId: request.paymentId,
      error: error instanceof Error ? error.name : typeof error,
    });
    return { kind: "create_unknown", raw: "the adapter failed" };
  } finally {
    answered.abort();
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

/** What a payment is for the shop now, and whether another provider may be tried. */
function triedOf(record: PaymentRecord, fact: Fact | undefined): Tried {
  const { payment, next } = record;
  const details = { paymentId: payment.id, provider: payment.provider };
  const fail = (error: PayError, movesOn = false): Tried => ({ kind: "not_ready", error, movesOn });
  if (payment.state === "succeeded") return { kind: "ready", result: { ...payment, next: { kind: "wait" } } };
  if (payment.state === "pending") return { kind: "ready", result: { ...payment, next: next ?? { kind: "wait" } } };
  if (OPEN_STATES.includes(payment.state)) {
    return fail(new PayError("OUTCOME_UNKNOWN", "Nobody knows yet whether the gateway took the payment.", details));
  }
  if (fact?.kind === "create_not_sent" || (fact?.kind === "create_rejected" && fact.retryable)) {
    const code = fact.kind === "create_rejected" ? fact.providerCode : undefined;
    const message = "The gateway did not take the payment; it may do so later.";
    return fail(new PayError("PROVIDER_UNAVAILABLE", message, { ...details, providerCode: code }), true);
  }
  if (fact?.kind === "create_rejected") {
    const { providerCode, field } = fact;
    return fail(
      new PayError("CREATE_REJECTED", "The gateway refused the payment.", { ...details, providerCode, field }),
    );
  }
  return fail(new PayError("CREATE_REJECTED", `The payment is ${payment.state}.`, details));
}

/** Another call holds this try: wait until the gateway's answer is stored, then answer the same. */
async function awaitOther(deps: CheckoutDeps, held: PaymentRecord): Promise<Tried> {
  const { id, createdAt } = held.payment;
  const look = () => stored(deps.store.history(id), "The payment could not be read.", held);
  // Counted, not read off the clock, which may be set back meanwhile.
  const patience = Math.min(createdAt + deps.createTimeout - deps.now(), deps.createTimeout);
  let history = await look();
  for (let waited = 0; waited < patience && !isAnswered(history); waited += POLL) {
    await deps.clock.sleep(POLL);
    history = await look();
  }
  const record = await stored(deps.store.payment(id), "The payment could not be read.", held);
  if (record === undefined || record.payment.state === "created") {
    throw new PayError("IN_PROGRESS", "Another call with this idempotency key has not finished.", { paymentId: id });
  }
  return triedOf(record, answerIn(history));
}

function isAnswered(history: readonly HistoryEntry[]): boolean {
  return answerIn(history) !== undefined || history.at(-1)?.to === "succeeded";
}

function answerIn(history: readonly HistoryEntry[]): Fact | undefined {
  return history.map(({ fact }) => fact as Fact).find(({ kind }) => kind.startsWith("create_"));
}

/** What the store answers, or `STORE_UNAVAILABLE`. */
async function stored<T>(work: Promise<T>, message: string, record?: PaymentRecord): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { id: paymentId, provider } = record?.payment ?? {};
    throw new PayError("STORE_UNAVAILABLE", message, { paymentId, provider, cause });
  }
}

function refuseOtherRequest(keyring: Keyring, record: PaymentRecord, request: CheckedRequest): void {
  const known = record.checkout?.digests ?? {};
  const fields = differingFields(known, keyring, request);
  if (fields.length === 0) return;
  throw new PayError(
    "IDEMPOTENCY_CONFLICT",
    `The idempotency key was used for another request; these differ: ${fields.join(", ")}.`,
    { fields, paymentId: record.payment.id },
  );
}

function draftRecord(
  deps: CheckoutDeps,
  request: CheckedRequest,
  instance: string,
  provider: AnyProvider,
  attempt: number,
  digests: Readonly<Record<string, string>> | undefined,
): PaymentRecord {
  const at = deps.now();
  const id = deps.ids.payment();
  const { email } = request.buyer;
  const key = request.idempotencyKey;
  return {
    payment: {
      id,
      orderId: request.orderId,
      state: "created",
      amount: request.amount,
      description: request.description,
      provider: instance,
      adapter: provider.name,
      account: provider.account,
      createdAt: at,
      updatedAt: at,
      expiresAt: at + provider.traits.expiresAfter * 1000,
    },
    version: 1,
    cause: "opened",
    reversed: false,
    returnUrl: {
      success: withPayment(request.returnUrl.success, id),
      failure: withPayment(request.returnUrl.failure, id),
    },
    keyId: deps.keyring.current.id,
    ...(email !== undefined && { buyerDigest: buyerDigest(deps.keyring, email) }),
    ...(key !== undefined && digests !== undefined && { checkout: { key, attempt, digests } }),
  };
}

function openingEntry({ payment }: PaymentRecord) {
  return {
    sequence: 1,
    at: payment.createdAt,
    fact: { kind: "opened" as const },
    from: "created",
    to: "created",
    reviews: [],
  };
}

function callbackAddress(
  { baseUrl, keyring }: CheckoutDeps,
  { payment }: PaymentRecord,
  provider: AnyProvider,
): string {
  const fixed = `${baseUrl}/callbacks/${payment.provider}`;
  if (provider.traits.callback.correlation !== "callback-url") return fixed;
  return `${fixed}/${payment.id}/${callbackToken(keyring.current, payment.provider, payment.id)}`;
}

// What `send()` says of a failure: a code in capitals, or one of its few words.
const REASON = /^(?:[A-Z][A-Z_]{2,59}|HTTP \d{3}(?: with an unreadable answer)?|time is up)$/;

/** It is stored and shown: anything else an adapter may give can hold an address or a secret, so only its class is kept. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  return REASON.test(cause.message) ? cause.message : cause.name;
}
