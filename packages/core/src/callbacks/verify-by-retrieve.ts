import type { Context } from "../context.ts";
import type { PaymentStore } from "../contract/store.ts";
import type { PaymentId } from "../model/ids.ts";
import { OPEN_STATES, type Payment, type PaymentRecord } from "../model/payment.ts";
import { type Recorded, recordFact } from "../recording/record-fact.ts";
import { type CheckAgain, type Refreshed, refreshFromProvider, UNDECIDED } from "../status/refresh.ts";
import { type PaymentCallback, subjectOf } from "./to-fact.ts";

/** A gateway may call back before its own answer changes. */
const CHECK_AGAIN: CheckAgain = { afterMs: 5000, statuses: UNDECIDED };
/** Milliseconds between two notes of such callbacks about one payment: anybody could send them. */
const NOTE_AGAIN_MS = 60 * 60 * 1000;

/**
 * - `not_asked`: the payment is not in the store, or belongs to another merchant account
 * - `unanswered`: the gateway gave no answer, or enough callbacks wait for it
 * - `not_stored`: its answer was not committed
 */
export type Unverified = "not_asked" | "unanswered" | "not_stored";

/**
 * Asks the gateway about the payment that a callback without proof names, within the request. Reads the store, and writes nothing before
 * the gateway answers.
 */
export async function verifyNow(
  context: Context,
  merchantAccount: string,
  callback: PaymentCallback,
): Promise<Recorded | { readonly kind: Unverified }> {
  const record = await paymentOf(context.store, merchantAccount, callback);
  // Also if the payment is closed: a late success counts.
  if (record?.payment.merchantAccount !== merchantAccount) return { kind: "not_asked" };
  const answer = await context.inTurn(record.payment.id, () => askNow(context, merchantAccount, record.payment.id));
  if (answer === "full") {
    context.rarely.warn(
      "Many callbacks without proof about one payment came at once; a few of them wait for the answer.",
      {
        merchantAccount,
      },
    );
  }
  if (answer === undefined || answer === "full") return { kind: "unanswered" };
  if ("recorded" in answer) return answer.recorded;
  return { kind: answer.isStored === false ? "not_stored" : "unanswered" };
}

/** Without a free place the question is put off: anybody can send callbacks about many payments, and gateways limit their requests. */
async function askNow(
  context: Context,
  merchantAccount: string,
  id: PaymentId,
): ReturnType<typeof refreshFromProvider> {
  const { questions, rarely, store } = context;
  // The callback waited for its turn meanwhile.
  if (!context.isRunning()) return undefined;
  const record = await store.payment(id);
  if (record === undefined) return undefined;
  if (questions.share(merchantAccount) < 1) {
    rarely.warn("Many callbacks without proof came at once; their gateway is asked a few seconds later.", {
      merchantAccount,
    });
    if (record.payment.state !== "succeeded") await askSoon(context, record.payment);
    return undefined;
  }
  questions.take(merchantAccount);
  try {
    const refreshed = await refreshFromProvider(context, record, CHECK_AGAIN);
    if (refreshed !== undefined && "recorded" in refreshed) await askOn(context, refreshed);
    return refreshed;
  } finally {
    questions.leave(merchantAccount);
  }
}

/**
 * Has the gateway asked on where its answer decides nothing about an unpaid payment: it repeats an earlier one, whose recording schedules
 * no question; or the payment is closed, so that no deadline brings one.
 */
async function askOn(context: Context, { recorded, status }: Refreshed): Promise<void> {
  if (!("record" in recorded)) return;
  const { payment } = recorded.record;
  const isNews = recorded.kind !== "duplicate" && (isOpen(payment) || !UNDECIDED.includes(status));
  if (!isNews && payment.state !== "succeeded") await askSoon(context, payment);
}

async function askSoon(context: Context, payment: Payment): Promise<void> {
  const { id: paymentId, merchantAccount } = payment;
  await recordFact(context, {
    query: { merchantAccount, paymentId },
    ...(!isOpen(payment) && (await isToBeNoted(context, paymentId)) && { fact: { kind: "check_status" } }),
    checkStatusAt: context.now() + CHECK_AGAIN.afterMs,
  });
}

function isOpen({ state }: Payment): boolean {
  return OPEN_STATES.includes(state);
}

async function isToBeNoted({ now, store }: Context, paymentId: PaymentId): Promise<boolean> {
  const noted = (await store.history(paymentId)).findLast(({ fact }) => fact.kind === "check_status");
  return noted === undefined || now() >= noted.at + NOTE_AGAIN_MS;
}

/** The stored payment that a callback names. Writes nothing. */
async function paymentOf(
  store: PaymentStore,
  merchantAccount: string,
  callback: PaymentCallback,
): Promise<PaymentRecord | undefined> {
  const { paymentId, providerReference } = subjectOf(callback);
  if (paymentId !== undefined) return store.payment(paymentId);
  return providerReference && store.paymentByProviderReference(merchantAccount, providerReference);
}
