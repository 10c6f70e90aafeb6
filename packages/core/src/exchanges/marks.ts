/** What is masked reads so. */
export const MASK = "•••";

/** A piece of a text to be masked; `isBare` where JSON has no quotation marks around it. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly isBare?: boolean;
}

/** The text with each piece masked, and every other character as it was. Pieces that touch or overlap are one. */
export function masked(text: string, marks: readonly Mark[]): string {
  let shown = "";
  let done = 0;
  let last: Mark | undefined;
  for (const mark of marks.toSorted((one, other) => one.from - other.from || other.to - one.to)) {
    if (mark.to <= mark.from) continue;
    if (last === undefined || mark.from > done || mark.isBare) {
      shown += text.slice(done, mark.from) + (mark.isBare ? `"${MASK}"` : MASK);
      last = mark;
    }
    done = Math.max(done, mark.to);
  }
  return shown + text.slice(done);
}
