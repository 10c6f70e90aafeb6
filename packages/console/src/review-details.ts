import type { PaymentEventType, Review } from "@pay/core";
import type { Texts } from "./texts/index.ts";
import type { View } from "./view.ts";

type Row = readonly [label: string, value: string | undefined];

/** The details of a review, labelled and in the operator's language. Absent details have no value. */
export function detailRows(view: View, review: Review): readonly Row[] {
  const { texts } = view;
  const { words } = texts;
  switch (review.kind) {
    case "unmatched": {
      const { fact, merchantAccount, providerReference, subject } = review.details;
      return [
        [words.fact, factText(texts, fact)],
        [words.merchantAccount, merchantAccount],
        [words.subject, subject],
        [words.providerReference, providerReference],
      ];
    }
    case "dead_letter": {
      const { event, handler, type } = review.details;
      return [
        [words.handler, handler],
        [words.type, eventText(texts, type)],
        [words.event, event],
      ];
    }
    default: {
      const { amount, fact, providerReference, providerStatus, reason, refund, refundProviderReference } =
        review.details;
      return [
        [words.fact, factText(texts, fact)],
        [words.amount, amount && view.money(amount)],
        [words.providerStatus, providerStatus],
        [words.reason, reason],
        [words.providerReference, providerReference],
        [words.refund, refund],
        [words.refundProviderReference, refundProviderReference],
      ];
    }
  }
}

function factText({ facts }: Texts, kind: string): string {
  return Object.hasOwn(facts, kind) ? facts[kind as keyof typeof facts] : kind;
}

function eventText({ events }: Texts, type: PaymentEventType): string {
  return `${type}: ${events[type]}`;
}
