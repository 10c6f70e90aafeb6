import type { Clock, Logger } from "../contract/runtime.ts";

/** Milliseconds between two reports of the same. */
const INTERVAL = 60_000;

/**
 * Tells the operator of what anybody can cause, of each kind at most once a minute: how often it happened since. A flood of
 * requests must not become a flood of lines.
 */
export function createReport(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  message: string,
): (fields: Readonly<Record<string, string>>) => void {
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
    kind.silentUntil = now + INTERVAL;
  };
}
