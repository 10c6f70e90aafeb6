/** Work that is under way, for `close()` to wait for. Counted: a set of promises costs as much as routing a callback. */
export interface Work {
  begin(): void;
  end(): void;
  /** Resolves once none is under way. What comes while Pay closes is refused at once, and keeps nobody. */
  ended(): Promise<void>;
}

export function createWork(): Work {
  let running = 0;
  let waiting: (() => void)[] = [];
  return {
    begin() {
      running += 1;
    },
    end() {
      running -= 1;
      if (running > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    async ended() {
      if (running > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
