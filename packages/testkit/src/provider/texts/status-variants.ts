/** Words that a careless comparison takes for this one: without regard to case or spaces, by its beginning, by its end. */
export function variantsOf(word: string): readonly string[] {
  const cases = [word.toLowerCase(), word.toUpperCase(), word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()];
  const spaced = [`${word} `, ` ${word}`, `${word}\n`, `\t${word}`];
  return [...cases, ...spaced, `${word}x`, `x${word}`, `not_${word}`, `${word} ${word}`];
}

/** Words that documents use for unfinished work, and a word that no document has. */
export const UNFINISHED: readonly string[] = [
  "pending",
  "processing",
  "in_progress",
  "queued",
  "never_documented",
].flatMap(inBothCases);

/** Words that documents use for what failed. */
export const FAILED: readonly string[] = ["error", "failed", "rejected", "refused"].flatMap(inBothCases);

/** Words that mean no money came, or not yet, unless a document says otherwise. */
export const UNPAID: readonly string[] = [
  ...UNFINISHED,
  ...FAILED,
  ...["new", "open", "created", "waiting", "authorized", "declined", "canceled", "expired"].flatMap(inBothCases),
];

function inBothCases(word: string): readonly string[] {
  return [word, word.toUpperCase()];
}
