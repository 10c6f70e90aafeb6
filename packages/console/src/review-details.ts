import type { Review } from "@pay/core";
import type { Texts, Word } from "./texts/index.ts";
import type { View } from "./view.ts";

/** The label of each detail. A detail without one is shown under its own name. */
const LABELS: Readonly<Record<string, Word>> = {
  fact: "fact",
  providerReference: "providerReference",
  providerStatus: "providerStatus",
  amount: "amount",
  merchantAccount: "merchantAccount",
  refund: "refund",
  refundProviderReference: "refundProviderReference",
  event: "event",
  type: "type",
  handler: "handler",
  subject: "subject",
};

/** The details of a review, labelled and in the operator's language. */
export function detailRows(view: View, { details }: Review): readonly (readonly [string, string])[] {
  return Object.entries(details).map(([name, value]) => [label(view.texts, name), readable(view, name, value)]);
}

function label({ words }: Texts, name: string): string {
  const word = Object.hasOwn(LABELS, name) ? LABELS[name] : undefined;
  return word === undefined ? name : words[word];
}

function readable(view: View, name: string, value: string): string {
  const { events, facts } = view.texts;
  if (name === "fact" && Object.hasOwn(facts, value)) return facts[value as keyof typeof facts];
  if (name === "type" && Object.hasOwn(events, value)) return `${value}: ${events[value as keyof typeof events]}`;
  const [, amount, currency] = (name === "amount" && /^(\d{1,16}) ([A-Z]{3})$/.exec(value)) || [];
  return currency === undefined ? value : view.money({ value: Number(amount), currency });
}
