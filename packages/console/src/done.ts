import type { Word } from "./texts/en.ts";
import type { View } from "./view.ts";

const DONE: Readonly<Record<string, Word>> = {
  accept: "doneAccept",
  dismiss: "doneDismiss",
  note: "doneNote",
  redrive: "doneRedrive",
};

/** What the address of a page says was done on the way to it. Anybody can write an address, so it is one of a few. */
export function doneText({ texts }: View, done: string | undefined): string | undefined {
  if (done === undefined || !Object.hasOwn(DONE, done)) return undefined;
  const word = DONE[done];
  return word && texts.words[word];
}
