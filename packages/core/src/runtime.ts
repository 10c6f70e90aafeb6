import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock, LogFields, Logger } from "./contract/runtime.ts";
import type { Random } from "./model/ids.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    if (signal?.aborted) return;
    await wait(milliseconds, undefined, signal && { signal }).catch(() => {});
  },
};

export const systemRandom: Random = (size) => randomBytes(size);

/** Warnings and errors as one JSON line each on standard error; JSON escapes what would split a line. */
export const consoleLogger: Logger = {
  info() {},
  warn: (message, fields) => console.error(line("warn", message, fields)),
  error: (message, fields) => console.error(line("error", message, fields)),
};

/** A logger of the app's must not end a settlement or a delivery by throwing. */
export function safeLogger(logger: Logger): Logger {
  const safely =
    (level: keyof Logger): Logger["info"] =>
    (message, fields) => {
      try {
        logger[level](message, fields);
      } catch {
        // Nobody is left to tell.
      }
    };
  return { info: safely("info"), warn: safely("warn"), error: safely("error") };
}

function line(level: string, message: string, fields: LogFields | undefined): string {
  return JSON.stringify({ level, message: `pay: ${message}`, ...fields });
}
