/** Shortens a gateway's text for stores and pages: one line of at most 200 characters. */
export function storable(text: string): string {
  return text
    .slice(0, 200)
    .replaceAll(/\p{Cc}/gu, "\ufffd")
    .toWellFormed();
}
