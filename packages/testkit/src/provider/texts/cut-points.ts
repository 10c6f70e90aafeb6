/** Ways to fill so many places from values: pairs in either order; more in their order, all in a row or with one gap. */
export function choicesOf(values: readonly string[], count: number): readonly (readonly string[])[] {
  if (count === 1) return values.map((value) => [value]);
  if (count === 2) return values.flatMap((one) => values.map((other) => [one, other]));
  const found: (readonly string[])[] = [];
  const widest = Math.min(count > 6 ? 1 : 3, values.length - count);
  for (let gap = 0; gap <= widest; gap++) {
    for (let from = 0; from + count + gap <= values.length; from++) {
      for (let before = 1; before < count; before++) {
        found.push([...values.slice(from, from + before), ...values.slice(from + before + gap, from + count + gap)]);
        if (gap === 0) break;
      }
    }
  }
  return found;
}

/**
 * The places filled as they were, and the last with all that follows: without a separator between signed fields, a person who writes
 * the first one begins the text that is signed.
 */
export function runOn(values: readonly string[], own: readonly string[]): readonly (readonly string[])[] {
  const begun = own.slice(0, -1);
  const text = begun.join("");
  return values.flatMap((value, at) => {
    if (!value.startsWith(text)) return [];
    return values.slice(at).map((_, more) => {
      const rest = value.slice(text.length) + values.slice(at + 1, at + 1 + more).join("");
      return [...begun, rest];
    });
  });
}
