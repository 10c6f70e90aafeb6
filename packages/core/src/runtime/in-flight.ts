/** Counts the work under way, so that `close()` can wait for it. A set of promises would cost as much as routing a callback. */
export interface InFlight {
  begin(): void;
  end(): void;
  /** Resolves once nothing is under way. Requests that arrive while Pay closes are refused at once, so they do not delay it. */
  ended(): Promise<void>;
}

export function createInFlight(): InFlight {
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
