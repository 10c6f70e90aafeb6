import type { HistoryEntry } from "@pay/core/store";
import type { Transaction } from "./gateway.ts";
import { CLOCKS_MS } from "./hints.ts";
import { hintOf } from "./places.ts";
import type { Stage } from "./stage.ts";
import { UNREADABLE } from "./stories.ts";

const DECISIVE: readonly string[] = ["succeeded", "failed"];

/** Checks that every hint is answered conclusively, asked about again later, or shown to a person. */
export async function checkHints({ ledger, questions, gateway, database: { store }, world }: Stage): Promise<void> {
  for (const transaction of gateway.transactions) {
    const { kind, paymentId, says, heardAt = 0 } = transaction;
    const history = ledger.histories.get(paymentId);
    const hint = history?.findLast(({ fact }) => fact.kind === "check_status");
    if (kind !== "bank" || hint === undefined || questions.isScheduled(paymentId)) continue;
    if (DECISIVE.includes(says) && heardAt + CLOCKS_MS >= hint.at) continue;
    if (history!.some((entry) => entry.sequence > hint.sequence && isDecision(entry))) continue;
    const reviews = await store.reviewsOfPayment(paymentId);
    if (!reviews.some(({ status }) => status === "open"))
      world.violate("no hint ends in silence", `${paymentId} is ${says}`);
  }
}

/** A person closed the question, or knows the outcome. */
function isDecision({ fact }: HistoryEntry): boolean {
  if (fact.kind === "review") return fact.about === "status_unknown" && fact.action !== "note";
  return fact.kind === "succeeded" || fact.kind === "failed" || fact.kind === "record";
}

/** Checks, once the API key is right again and the questions had their time, that what the bank says is known. */
export async function checkAnswers(stage: Stage): Promise<void> {
  await checkHints(stage);
  const { ledger, gateway, database, world } = stage;
  for (const transaction of gateway.transactions) {
    const { paymentId, says } = transaction;
    if (transaction.kind !== "bank" || !isToBeKnown(stage, transaction)) continue;
    const state = ledger.records.get(paymentId)?.payment.state;
    if (says === "succeeded" && state !== "succeeded")
      world.violate("what the gateway calls paid is paid", `${paymentId}: ${state}`);
    if (!UNREADABLE.includes(says) || state === "succeeded") continue;
    const reviews = await database.store.reviewsOfPayment(paymentId);
    if (!reviews.some(({ kind }) => kind === "unrecognized"))
      world.violate("an answer that cannot be read is shown to a person", `${paymentId}: ${state}`);
  }
}

/** True if a callback said it, or it was said before the last planned question. */
function isToBeKnown(
  { ledger, gateway }: Stage,
  { paymentId, providerReference, isTold, saidAt }: Transaction,
): boolean {
  if (isTold && ledger.placeOf(hintOf(providerReference))?.kind === "history") return true;
  const record = ledger.records.get(paymentId);
  if (record === undefined) return false;
  const { createdAt, expiresAt } = record.payment;
  const mayComeUntil = createdAt + (gateway.pendingUntilSeconds ?? 0) * 1000;
  return saidAt + CLOCKS_MS < Math.max(expiresAt, mayComeUntil);
}
