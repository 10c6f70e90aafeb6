/** Time. Pay takes it as an option, so that tests and replays control it. */
export interface Clock {
  /** Unix milliseconds. Fractions are dropped. */
  now(): number;
  /** Resolves after this time, or at once when the signal aborts. It never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Where Pay reports to the operator. Fields are ids, names, codes and counts: no secrets, addresses or buyer data. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
