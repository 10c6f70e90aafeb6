/**
 * Ways to fill a number of places from values: two places in either order; more places in the order of the values, with one gap or none.
 */
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
 * Fills the last place with the values that follow, and the other places as they were. Without a separator between signed fields, a person
 * who writes the first field decides how the signed text begins.
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
