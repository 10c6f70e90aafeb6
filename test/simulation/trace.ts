/** The trace of a run, line by line. Lines are kept only if requested; the digest always is. */
export interface Trace {
  note(line: string): void;
  /** Equal for two runs only if all their lines are equal. */
  digest(): string;
  readonly lines: readonly string[];
}

/** Jest looks a global such as `Math` up anew each time, which took a third of a run. */
const { imul } = Math;

export function createTrace(keep: boolean): Trace {
  const lines: string[] = [];
  let low = 0x811c9dc5;
  let high = 0x01000193;
  return {
    lines,
    note(line) {
      // FNV-1a, twice: it is fast for every line of a hundred thousand runs, and there is no attacker here.
      for (let at = 0; at < line.length; at++) {
        const code = line.charCodeAt(at);
        low = imul(low ^ code, 0x01000193);
        high = imul(high ^ code, 0x85ebca6b);
      }
      if (keep) lines.push(line);
    },
    digest: () => [low, high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}
