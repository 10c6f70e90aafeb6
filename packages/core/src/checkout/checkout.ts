import type { CallbackDeps } from "../callbacks/handle.ts";
import type { AnyProvider, CheckoutResult } from "../contract/checkout.ts";
import { PayError } from "../model/errors.ts";
import type { Fact, HistoryEntry } from "../model/fact.ts";
import { merchantReferenceOf, type PaymentId } from "../model/ids.ts";
import { type NextAction, OPEN_STATES, type PaymentRecord } from "../model/payment.ts";
import { recordFact } from "../recording/record-fact.ts";
import type { Keyring } from "../security/keyring.ts";
import { formToken } from "../security/sealed-form.ts";
import { type CreateDeps, callCreate } from "./create-at-provider.ts";
import { differingFields } from "./idempotency.ts";
import { callbackAddress, type NewPaymentDeps, newPayment, openingEntry } from "./new-payment.ts";
import { type CheckedRequest, checkRequest, type LooseRequest } from "./request.ts";

export interface CheckoutDeps extends CallbackDeps, CreateDeps, NewPaymentDeps {
  readonly providers: ReadonlyMap<string, AnyProvider>;
  /** Those of new payments. */
  readonly offered: ReadonlyMap<string, AnyProvider>;
  readonly defaultProvider: string | undefined;
}

/** How often a call with the same idempotency key looks whether the other one is done, in milliseconds. */
const POLL = 50;

/**
 * Opens a payment and asks the gateway for it; with several providers, the next one only after the one before certainly
 * did not take it. What comes back is committed.
 */
export async function checkout(deps: CheckoutDeps, loose: LooseRequest): Promise<CheckoutResult> {
  const request = checkRequest(loose, deps.offered, deps.defaultProvider);
  const last = request.chosen.length - 1;
  for (const [attempt, { provider }] of request.chosen.entries()) {
    const opened = newPayment(deps, request, attempt);
    const opening = deps.store.insert({ record: opened, entry: openingEntry(opened) });
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
  const fact = await callCreate(deps, payment.providerName, provider, {
    paymentId: payment.id,
    merchantReference: merchantReferenceOf(payment.id),
    amount: payment.amount,
    description: payment.description,
    buyer: request.buyer,
    callbackUrl: callbackAddress(deps, payment.providerName, payment.id, provider),
    returnUrl: record.returnUrl,
    options: request.options[payment.providerName],
  });
  if (fact.kind !== "create_accepted") {
    const what = fact.kind === "create_unknown" ? "Nobody knows whether the gateway has" : "The gateway did not accept";
    deps.logger.warn(`${what} a payment.`, {
      ...details(record),
      outcome: fact.kind,
      reason: reasonIn(fact),
    });
  }
  const providerReference = fact.kind === "create_accepted" ? fact.providerReference : undefined;
  const recording = recordFact(deps, {
    query: {
      merchantAccount: payment.merchantAccount,
      paymentId: payment.id,
      ...(providerReference !== undefined && { providerReference, adopt: true }),
    },
    fact,
    failureIsFinal: provider.traits.failureIsFinal,
  });
  const recorded = await stored(
    recording,
    "The gateway's answer could not be stored, so the buyer must not be sent to pay.",
    record,
  );
  if (!("record" in recorded)) {
    throw new PayError("STORE_UNAVAILABLE", "The payment vanished from the store.", { paymentId: payment.id });
  }
  return triedOf(deps, recorded.record, fact);
}

/** What a payment is for the shop now, and whether another provider may be tried. */
function triedOf(deps: CheckoutDeps, record: PaymentRecord, fact: Fact | undefined): Tried {
  const { payment } = record;
  const about = details(record);
  const fail = (error: PayError, movesOn = false): Tried => ({ kind: "not_ready", error, movesOn });
  if (payment.state === "succeeded") return { kind: "ready", result: { ...payment, next: { kind: "wait" } } };
  if (payment.state === "pending") return { kind: "ready", result: { ...payment, next: nextOf(deps, record) } };
  if (OPEN_STATES.includes(payment.state)) {
    return fail(new PayError("OUTCOME_UNKNOWN", "Nobody knows yet whether the gateway took the payment.", about));
  }
  if (fact?.kind === "create_not_sent" || (fact?.kind === "create_rejected" && fact.retryable)) {
    const code = fact.kind === "create_rejected" ? fact.providerCode : undefined;
    const again = record.checkout === undefined ? "try again later" : "try again later, with a new idempotency key";
    const message = `The gateway did not take the payment (${reasonIn(fact)}); ${again}.`;
    return fail(new PayError("PROVIDER_UNAVAILABLE", message, { ...about, providerCode: code }), true);
  }
  if (fact?.kind === "create_rejected") {
    const { providerCode, field } = fact;
    return fail(
      new PayError("CREATE_REJECTED", `The gateway refused the payment (${reasonIn(fact)}).`, {
        ...about,
        providerCode,
        field,
      }),
    );
  }
  return fail(new PayError("CREATE_REJECTED", `The payment is ${payment.state}; start another with a new key.`, about));
}

/** A form is not for the shop: the buyer is sent to where Pay serves it. */
function nextOf({ baseUrl, keyring }: CheckoutDeps, { payment: { id }, next }: PaymentRecord): NextAction {
  if (next?.kind !== "form") return next ?? { kind: "wait" };
  return { kind: "redirect", url: `${baseUrl}/redirect/${id}/${formToken(keyring.current, id)}` };
}

function details({ payment }: PaymentRecord): { paymentId: PaymentId; providerName: string } {
  return { paymentId: payment.id, providerName: payment.providerName };
}

/** Why a create was not accepted, as a code: of the network, of HTTP or of the gateway. */
function reasonIn(fact: Fact): string {
  if (fact.kind === "create_rejected") return [fact.code, fact.providerCode].filter(Boolean).join(" ");
  return ("reason" in fact && fact.reason) || "no reason";
}

/** Another call holds this try: wait until the gateway's answer is stored, then answer the same. */
async function awaitOther(deps: CheckoutDeps, held: PaymentRecord): Promise<Tried> {
  const { id, createdAt } = held.payment;
  const look = () => stored(deps.store.history(id), "The payment could not be read.", held);
  // Counted, not read off the clock, which may be set back meanwhile.
  const patience = Math.min(createdAt + deps.createTimeoutMs - deps.now(), deps.createTimeoutMs);
  let history = await look();
  for (let waited = 0; waited < patience && !isAnswered(history); waited += POLL) {
    await deps.clock.sleep(POLL);
    history = await look();
  }
  const record = await stored(deps.store.payment(id), "The payment could not be read.", held);
  if (record === undefined || record.payment.state === "created") {
    throw new PayError("IN_PROGRESS", "Another call with this idempotency key has not finished.", { paymentId: id });
  }
  return triedOf(deps, record, answerIn(history));
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
    const { id: paymentId, providerName } = record?.payment ?? {};
    throw new PayError("STORE_UNAVAILABLE", message, { paymentId, providerName, cause });
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
