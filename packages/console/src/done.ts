import type { Word } from "./texts/index.ts";
import type { View } from "./view.ts";

const DONE: Readonly<Record<string, Word>> = {
  accept: "doneAccept",
  dismiss: "doneDismiss",
  note: "doneNote",
  redrive: "doneRedrive",
  record: "doneRecord",
  recordReview: "doneRecordReview",
};

/** The success that the address of a page reports. Anybody can write an address, so only known values are accepted. */
export function doneText({ texts }: View, done: string | undefined): string | undefined {
  if (done === undefined || !Object.hasOwn(DONE, done)) return undefined;
  const word = DONE[done];
  return word && texts.words[word];
}
