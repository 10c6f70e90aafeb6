/** Replaces a word wherever it stands as a whole: `1` is no word of `12`. */
export function replaceWord(text: string, word: string, other: string): string {
  if (word === "") return text;
  return text.split(word).reduce((before, after) => {
    const isWhole = !/[\p{L}\p{N}_]$/u.test(before) && !/^[\p{L}\p{N}_]/u.test(after);
    return before + (isWhole ? other : word) + after;
  });
}
