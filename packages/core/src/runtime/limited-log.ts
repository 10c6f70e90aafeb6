import type { Clock, LogFields, Logger } from "../contract/runtime.ts";

const INTERVAL_MS = 60_000;

/** Logs what a flood of requests can cause. */
export type LimitedLogger = Pick<Logger, "warn" | "error">;

/**
 * Logs at most once a minute per message and combination of fields, with the number of occurrences since: anyone on the internet can cause
 * these lines, and a flood of requests must not become a flood of lines. No field may hold what a request says.
 */
export function createLimitedLogger({
  clock,
  logger,
}: {
  readonly clock: Clock;
  readonly logger: Logger;
}): LimitedLogger {
  const kinds = new Map<string, { count: number; loggedAt: number }>();
  const limited =
    (level: keyof LimitedLogger) =>
    (message: string, fields: LogFields = {}) => {
      let name = `${level} ${message}`;
      for (const field in fields) name += ` ${fields[field]}`;
      const kind = kinds.get(name) ?? { count: 0, loggedAt: Number.NEGATIVE_INFINITY };
      if (kind.count++ === 0) kinds.set(name, kind);
      const now = clock.now();
      // A clock that was set back must not silence it until that time comes again.
      if (Math.abs(now - kind.loggedAt) < INTERVAL_MS) return;
      logger[level](message, { ...fields, count: kind.count });
      kind.count = 0;
      kind.loggedAt = now;
    };
  return { warn: limited("warn"), error: limited("error") };
}
