import { randomBytes } from "node:crypto";
import type { Clock, LogFields, Logger } from "../contract/runtime.ts";
import type { Random } from "../model/ids.ts";

/** The clock of a Pay that is given none: real time, and timers that an abort ends without an error. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not by node:timers/promises, which makes an error with its stack for each sleep that is ended early: nearly all are.
  sleep(milliseconds, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, milliseconds));
      signal?.addEventListener("abort", end);
    });
  },
};

/** Taken from a stock, since asking the system for ten bytes takes as long as for thousands. No byte is given twice. */
export const systemRandom: Random = (size) => {
  if (size > STOCK) return randomBytes(size);
  if (used + size > stock.length) {
    stock = new Uint8Array(randomBytes(STOCK));
    used = 0;
  }
  used += size;
  // A copy: what is still in the stock is nobody's yet.
  return stock.slice(used - size, used);
};
const STOCK = 4096;
let stock = new Uint8Array(0);
let used = 0;

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
