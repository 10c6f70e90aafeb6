import { hash } from "node:crypto";
import type { UnmatchedNotification } from "../contract/store.ts";
import type { CallbackFact } from "../model/fact.ts";
import type { EventId } from "../model/ids.ts";

/** Folds plain values into 43 characters, so that equal interpretations are found by one index lookup. Absent values count. */
export function digestOf(values: readonly (string | number | undefined)[]): string {
  return hash("sha256", JSON.stringify(values), "base64url");
}

/** By which repetitions of what a gateway said are found. The gateway's own id may split what is alike, never merge. */
export function factDigest(fact: CallbackFact, eventId?: string): string {
  if (fact.kind === "check_status") return digestOf([fact.kind, fact.providerReference]);
  const { kind, providerStatus, amount, providerReference } = fact;
  const refund =
    "refund" in fact || "refundProviderReference" in fact ? [fact.refund, fact.refundProviderReference] : [];
  return digestOf([kind, providerStatus, amount?.value, amount?.currency, providerReference, eventId, ...refund]);
}

/** By which an orphan and its review find each other. */
export function unmatchedDigest({
  merchantAccount,
  subject,
  digest,
}: Pick<UnmatchedNotification, "merchantAccount" | "subject" | "digest">): string {
  return digestOf(["unmatched", merchantAccount, subject, digest]);
}

/** By which a dead delivery and its review find each other. */
export function deadLetterDigest(eventId: EventId, handler: string): string {
  return digestOf(["dead_letter", eventId, handler]);
}
