import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock, LogFields, Logger } from "./contract/runtime.ts";
import type { Random } from "./model/ids.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    if (signal?.aborted) return;
    await wait(milliseconds, undefined, { ref: false, ...(signal && { signal }) }).catch(() => {});
  },
};

export const systemRandom: Random = (size) => randomBytes(size);

/** Warnings and errors as one JSON line each on standard error; JSON escapes what would split a line. */
export const consoleLogger: Logger = {
  info() {},
  warn: (message, fields) => console.error(line("warn", message, fields)),
  error: (message, fields) => console.error(line("error", message, fields)),
};

function line(level: string, message: string, fields: LogFields | undefined): string {
  return JSON.stringify({ level, message: `pay: ${message}`, ...fields });
}
