import type { EventType, Review } from "@pay/core";
import type { Texts } from "./texts/index.ts";
import type { View } from "./view.ts";

type Row = readonly [label: string, value: string | undefined];

/** The details of a review, labelled and in the operator's language. Absent details have no value. */
export function detailRows(view: View, review: Review): readonly Row[] {
  const { texts } = view;
  const { words } = texts;
  switch (review.kind) {
    case "unmatched": {
      const { details, merchantAccount, subject } = review.details;
      return [
        ...factRows(view, review.details),
        [words.merchantAccount, merchantAccount],
        [words.subject, subject],
        ...Object.entries(details ?? {}),
      ];
    }
    case "dead_letter": {
      const { event, handler, review: about, type } = review.details;
      return [
        [words.handler, handler],
        [words.type, eventText(texts, type)],
        [words.event, event],
        [words.reviewTitle, about],
      ];
    }
    default:
      return factRows(view, review.details);
  }
}

function factRows(view: View, details: FactDetails): readonly Row[] {
  const { amount, fact, providerReference, providerStatus, reason, refund, refundProviderReference } = details;
  const { words } = view.texts;
  return [
    [words.fact, factText(view.texts, fact)],
    [words.amount, amount && view.money(amount)],
    [words.providerStatus, providerStatus],
    [words.reason, reason],
    [words.providerReference, providerReference],
    [words.refund, refund],
    [words.refundProviderReference, refundProviderReference],
  ];
}

type FactDetails = Review<"late_success">["details"];

function factText({ facts }: Texts, kind: string): string {
  return Object.hasOwn(facts, kind) ? facts[kind as keyof typeof facts] : kind;
}

function eventText({ events }: Texts, type: EventType): string {
  return `${type}: ${events[type]}`;
}
