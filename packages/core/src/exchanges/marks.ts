/** What replaces a masked part. */
export const MASK = "•••";

/** A part of a text to mask; `isBare` if JSON has no quotation marks around it. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly isBare?: boolean;
}

/** Returns the text with each part masked and every other character unchanged. Parts that touch or overlap become one. */
export function masked(text: string, marks: readonly Mark[]): string {
  let shown = "";
  let done = 0;
  let last: Mark | undefined;
  for (const mark of marks.toSorted((one, other) => one.from - other.from || other.to - one.to)) {
    if (mark.to <= mark.from) continue;
    if (last === undefined || mark.from > done || (mark.isBare && mark.from >= done)) {
      shown += text.slice(done, mark.from) + (mark.isBare ? `"${MASK}"` : MASK);
      last = mark;
    }
    done = Math.max(done, mark.to);
  }
  return shown + text.slice(done);
}
