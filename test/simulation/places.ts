import type { PaymentId, ProviderReference } from "@pay/core";
import type { Changes, HistoryEntry, NotificationFact, PaymentRecord, UnmatchedNotification } from "@pay/core/store";
import type { World } from "./world.ts";

/** Where a gateway's notification ended, by the word it carries. */
export type Place =
  | { readonly kind: "history"; readonly paymentId: PaymentId }
  | { readonly kind: "unmatched"; readonly unmatched: UnmatchedNotification }
  | { readonly kind: "dismissed" };

/** A word that only forged callbacks carry. */
export const FORGED = "forged";
/** Begins the words of answers: an answer is not a notification. */
export const ANSWER = "answer ";

/** The word of all hints about a payment: they say no more than its name. */
export const hintOf = (providerReference: ProviderReference | undefined): string => `hint-${providerReference}`;

export interface Places {
  of(word: string): Place | undefined;
  entered(entry: HistoryEntry, record: PaymentRecord, changes: Changes): void;
  kept(unmatched: UnmatchedNotification): void;
  /** Unmatched notifications were removed: adopted by a payment, or dismissed by a person. */
  left(changes: Changes): void;
}

/** Follows every notification through the commits: none is lost, none counts twice. */
export function createPlaces({ violate }: World): Places {
  const places = new Map<string, Place>();

  function put(word: string, place: Place): void {
    if (word.startsWith(FORGED)) violate("forged callbacks change nothing", word);
    if (places.get(word)?.kind !== "history") places.set(word, place);
  }

  return {
    of: (word) => places.get(word),

    entered({ fact }, { payment }, { resolved }) {
      if (fact.kind === "check_status") put(wordOf({ fact }), { kind: "history", paymentId: payment.id });
      // A fact that a person accepts repeats the word of its notification.
      const byPerson = resolved.some(({ kind, status }) => kind !== "unmatched" && status !== "answered");
      if (byPerson || !isNotification(fact) || fact.providerStatus === undefined) return;
      if (fact.providerStatus.startsWith(ANSWER)) return;
      // A repetition under a foreign name finds no payment, and may be adopted without effect.
      const underOwnName = fact.providerReference === undefined || fact.providerReference === payment.providerReference;
      if (underOwnName && places.get(fact.providerStatus)?.kind === "history")
        violate("a notification is recorded once", fact.providerStatus);
      put(fact.providerStatus, { kind: "history", paymentId: payment.id });
    },

    kept: (unmatched) => put(wordOf(unmatched), { kind: "unmatched", unmatched }),

    left({ adopted, resolved }) {
      for (const unmatched of adopted) {
        const word = wordOf(unmatched);
        if (places.get(word)?.kind === "history") continue;
        if (resolved.some(({ status }) => status === "dismissed")) put(word, { kind: "dismissed" });
        else violate("an unmatched notification leaves only for its payment", word);
      }
    },
  };
}

const NOTIFICATIONS = ["succeeded", "failed", "pending", "reversed", "unrecognized"];

function isNotification(fact: HistoryEntry["fact"]): fact is NotificationFact {
  return NOTIFICATIONS.includes(fact.kind);
}

/** The word of a notification, unique in a run. */
export function wordOf({ fact }: Pick<UnmatchedNotification, "fact">): string {
  if (fact.kind === "check_status") return hintOf(fact.providerReference);
  return ("providerStatus" in fact && fact.providerStatus) || "";
}
