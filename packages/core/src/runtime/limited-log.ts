import type { Clock, Logger } from "../contract/runtime.ts";

const INTERVAL_MS = 60_000;

export type LimitedLog = (fields: Readonly<Record<string, string | number>>) => void;

/**
 * Logs a warning that anyone on the internet can cause: at most once a minute per combination of fields, with the number of
 * occurrences since. A flood of requests must not become a flood of log lines.
 */
export function createLimitedLog(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  message: string,
): LimitedLog {
  const kinds = new Map<string, { count: number; silentUntil: number }>();
  return (fields) => {
    let name = "";
    for (const field in fields) name += ` ${fields[field]}`;
    const kind = kinds.get(name) ?? { count: 0, silentUntil: Number.NEGATIVE_INFINITY };
    if (kind.count++ === 0) kinds.set(name, kind);
    const now = clock.now();
    if (now < kind.silentUntil) return;
    logger.warn(message, { ...fields, count: kind.count });
    kind.count = 0;
    kind.silentUntil = now + INTERVAL_MS;
  };
}
