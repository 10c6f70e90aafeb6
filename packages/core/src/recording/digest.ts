import { hash } from "node:crypto";
import type { UnmatchedNotification } from "../contract/store.ts";
import type { CallbackFact } from "../model/fact.ts";
import type { EventId } from "../model/ids.ts";

/** Digests plain values into 43 characters, so that one index lookup finds equal interpretations. Absent values count. */
export function digestOf(values: readonly (string | number | undefined)[]): string {
  return hash("sha256", JSON.stringify(values), "base64url");
}

/** Digest that finds repetitions of a gateway's report. The gateway's own id may separate equal reports, never merge different ones. */
export function factDigest(fact: CallbackFact, eventId?: string): string {
  if (fact.kind === "check_status") return digestOf([fact.kind, fact.providerReference]);
  const { kind, providerStatus, amount, providerReference } = fact;
  const refund =
    "refund" in fact || "refundProviderReference" in fact ? [fact.refund, fact.refundProviderReference] : [];
  return digestOf([kind, providerStatus, amount?.value, amount?.currency, providerReference, eventId, ...refund]);
}

/** Digest that connects an unmatched notification with its review. */
export function unmatchedDigest({
  merchantAccount,
  subject,
  digest,
}: Pick<UnmatchedNotification, "merchantAccount" | "subject" | "digest">): string {
  return digestOf(["unmatched", merchantAccount, subject, digest]);
}

/** Digest that connects a status check without an answer with its review: one per payment and round. */
export function statusUnknownDigest(round: number): string {
  return digestOf(["status_unknown", round]);
}

/** Digest that connects a dead delivery with its review. */
export function deadLetterDigest(eventId: EventId, handler: string): string {
  return digestOf(["dead_letter", eventId, handler]);
}
