import type { Sent } from "../adapter-kit/http.ts";
import { storable } from "../adapter-kit/storable.ts";
import type { Context } from "../context.ts";
import type { Call, Capabilities, Retrieved } from "../contract/provider.ts";
import type { AnyProvider } from "../contract/providers.ts";
import { errorLabel } from "../model/errors.ts";
import type { NotificationFact } from "../model/fact.ts";
import { isMoney } from "../model/money.ts";
import type { Payment, PaymentRecord } from "../model/payment.ts";
import { isUnderWay, refundedAmount } from "../model/refund.ts";
import type { StatusReport } from "../model/status-report.ts";
import { factDigest } from "../recording/digest.ts";
import { type Recorded, recordFact } from "../recording/record-fact.ts";
import { paidAmount } from "../refunds/paid-amount.ts";
import { callProvider, reasonOf } from "../runtime/call-provider.ts";
import { paymentName, providerOf } from "../runtime/find-provider.ts";

/** What the gateway reported, and the result of recording it. */
export interface Refreshed {
  readonly recorded: Recorded;
  readonly status: StatusReport["status"];
}

/** The gateway gave no answer. The reason is a code such as `HTTP 401`, never a text of the gateway or the adapter. */
export interface NotRefreshed {
  readonly failure: string;
  /** False if it gave one, which was not committed. */
  readonly isStored?: false;
}

/** When to ask again if the answer is one of these. */
export interface CheckAgain {
  readonly afterMs: number;
  readonly statuses: readonly StatusReport["status"][];
}

/** The answers that decide nothing. */
export const UNDECIDED: CheckAgain["statuses"] = ["pending", "unrecognized"];

/** Milliseconds a gateway has to answer. */
const TIMEOUT_MS = 20_000;

/**
 * Asks the gateway for the status of a payment, if it can be asked, and records the answer as if it were a notification. No transaction
 * is open during the call. A question that fails changes nothing. None begins after the deadline of `close()`, which cuts those that run.
 */
export async function refreshFromProvider(
  context: Context,
  record: PaymentRecord,
  again?: CheckAgain,
): Promise<Refreshed | NotRefreshed | undefined> {
  const { payment } = record;
  const provider = providerOf(context, payment);
  if (provider?.retrieve === undefined) return undefined;
  if (isCut(context)) return { failure: "time is up" };
  try {
    const reported = await ask(context, provider as Asked, payment);
    if ("failure" in reported) return reported;
    // A refund may have ended while the gateway was thinking.
    const current = (await context.store.payment(payment.id)) ?? record;
    const providerReference = reported.providerReference ?? payment.providerReference;
    const named = providerReference === undefined ? {} : { providerReference };
    const fact: NotificationFact = {
      kind: reported.status === "reversed" ? await reversedAs(context, current) : reported.status,
      ...named,
      ...(reported.amount !== undefined && { amount: reported.amount }),
      ...(reported.providerStatus !== undefined && { providerStatus: storable(reported.providerStatus) }),
    };
    const isFirstName = providerReference !== undefined && payment.providerReference === undefined;
    const recorded = await recordFact(context, {
      query: {
        merchantAccount: payment.merchantAccount,
        paymentId: payment.id,
        digest: factDigest(fact),
        ...named,
        // Notifications under a provider reference that is seen first here are waiting for it.
        ...(isFirstName && { adopt: true }),
      },
      fact,
      traits: provider.traits,
      ...(isLastWord(reported.status, provider) && { lastWordSince: record.version }),
      ...(again?.statuses.includes(reported.status) && { checkStatusAt: context.now() + again.afterMs }),
    });
    return { recorded, status: reported.status };
  } catch (error) {
    warn(context, payment, error);
    return { failure: "the answer was not stored", isStored: false };
  }
}

/** True if a failure may be that of `close()`: it says nothing about the gateway. */
export function isCut({ cutQuestions }: Context): boolean {
  return cutQuestions.signal.aborted;
}

type Asked = Pick<Capabilities, "retrieve"> & AnyProvider;

/** True if the answer states what the payment is, and no other success can follow. */
function isLastWord(status: StatusReport["status"], { traits }: AnyProvider): boolean {
  return status === "succeeded" || (status === "failed" && traits.failureIsFinal);
}

/** The gateway's report. An answer that the adapter cannot read is a report too: nobody would learn of it otherwise. */
async function ask(context: Context, provider: Asked, payment: Payment): Promise<Retrieved | NotRefreshed> {
  const { providerName, id: paymentId } = payment;
  const report = context.exchanges?.sentBy({ providerName, provider, paymentId });
  let last: Sent | undefined;
  const noticed = (sent: Sent) => {
    last = sent;
    report?.(sent);
  };
  let failure: string;
  try {
    const retrieve = (call: Call) => provider.retrieve(paymentName(payment), call);
    const reported = await callProvider(context.clock, TIMEOUT_MS, retrieve, noticed, context.cutQuestions.signal);
    if (reported === "time is up") return { failure: reported };
    const { amount, providerStatus, status } = reported;
    if (status === "unrecognized" && (providerStatus !== undefined || last?.answer === undefined)) return reported;
    if (DECISIVE.includes(status) && (amount === undefined || isMoney(amount))) return reported;
    failure = "the adapter reports no known status";
  } catch (error) {
    warn(context, payment, error);
    failure = reasonOf(error);
  }
  const { answer, error = failure } = last ?? {};
  if (answer === undefined) return { failure: error };
  if (answer.status < 200 || answer.status > 299) return { failure: `HTTP ${answer.status}` };
  const { wordsOf } = await import("../exchanges/words.ts");
  const words = wordsOf(answer.text, provider);
  if (words === undefined) return { failure: `HTTP ${answer.status} with an unreadable answer` };
  return { status: "unrecognized", providerStatus: words };
}

/** A JavaScript adapter may report anything. */
const DECISIVE: readonly string[] = ["succeeded", "failed", "pending", "reversed"];

function warn({ logger }: Context, { providerName, id: paymentId }: Payment, error: unknown): void {
  logger.warn("A gateway could not be asked about a payment.", { providerName, paymentId, error: errorLabel(error) });
}

/**
 * How to record that money went back. What the shop refunded itself is no news: the payment was paid, and its refunds are known. While
 * a refund is under way, it cannot be told from money that the gateway took back, and a person has to look.
 */
async function reversedAs(
  { store }: Context,
  { payment, refunds = [] }: PaymentRecord,
): Promise<"succeeded" | "reversed" | "unrecognized"> {
  const { value: paid } = await paidAmount(store, payment);
  const done = refunds.filter(({ status }) => status === "succeeded");
  if (refundedAmount(done) >= paid) return "succeeded";
  return refunds.some(isUnderWay) ? "unrecognized" : "reversed";
}
