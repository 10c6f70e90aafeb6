/** What happened in a run, line by line. Lines are kept only where somebody will read them; the digest is always there. */
export interface Trace {
  note(line: string): void;
  /** Equal for two runs only if every line was. */
  digest(): string;
  readonly lines: readonly string[];
}

export function createTrace(keep: boolean): Trace {
  const lines: string[] = [];
  let low = 0x811c9dc5;
  let high = 0x01000193;
  return {
    lines,
    note(line) {
      // FNV-1a, twice: no attacker here, and it runs for every line of a hundred thousand runs.
      for (let at = 0; at < line.length; at++) {
        const code = line.charCodeAt(at);
        low = Math.imul(low ^ code, 0x01000193);
        high = Math.imul(high ^ code, 0x85ebca6b);
      }
      if (keep) lines.push(line);
    },
    digest: () => [low, high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}
