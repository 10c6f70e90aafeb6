/** A gateway's text as every store can keep it and every page show it: one line of at most 200 characters. */
export function storable(text: string): string {
  return text
    .slice(0, 200)
    .replaceAll(/\p{Cc}/gu, "\ufffd")
    .toWellFormed();
}
