/** Time, injected so that tests and replays own it. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after this many milliseconds, or at once when the signal aborts; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Where Pay reports what an operator should know. Fields are ids, names, codes and counts: no secrets, addresses or buyer data. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
