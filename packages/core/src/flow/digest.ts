import { hash } from "node:crypto";
import type { Orphan } from "../contract/store.ts";
import type { HeardFact } from "../model/fact.ts";
import type { EventId } from "../model/ids.ts";

/** Folds plain values into 43 characters, so that equal interpretations are found by one index lookup. Absent values count. */
export function digestOf(values: readonly (string | number | undefined)[]): string {
  return hash("sha256", JSON.stringify(values), "base64url");
}

/** By which repetitions of what a gateway said are found. The gateway's own id may split what is alike, never merge. */
export function factDigest(fact: HeardFact, eventId?: string): string {
  if (fact.kind === "ask") return digestOf([fact.kind, fact.ref]);
  const { kind, raw, amount, ref } = fact;
  const refund = "refund" in fact || "refundRef" in fact ? [fact.refund, fact.refundRef] : [];
  return digestOf([kind, raw, amount?.amount, amount?.currency, ref, eventId, ...refund]);
}

/** By which an orphan and its review find each other. */
export function orphanDigest({ account, subject, digest }: Pick<Orphan, "account" | "subject" | "digest">): string {
  return digestOf(["orphan", account, subject, digest]);
}

/** By which a dead delivery and its review find each other. */
export function deadLetterDigest(eventId: EventId, handler: string): string {
  return digestOf(["dead_letter", eventId, handler]);
}
