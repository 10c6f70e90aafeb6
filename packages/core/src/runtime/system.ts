import { randomBytes } from "node:crypto";
import type { Clock, LogFields, Logger } from "../contract/runtime.ts";
import type { Random } from "../model/ids.ts";
import { harmlessly } from "./harmlessly.ts";

/** 24 days. A timer for longer ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The default clock: real time, and timers that an abort ends without an error. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Own code, since node:timers/promises creates an error with its stack for each sleep that ends early, and nearly all do.
  sleep(delayMs, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
      signal?.addEventListener("abort", end);
    });
  },
};

/** A clock whose times ids and stores can hold: `performance.timeOrigin + performance.now()` has fractions. */
export function wholeMilliseconds(clock: Clock): Clock {
  return { now: () => Math.floor(clock.now()), sleep: (delayMs, signal) => clock.sleep(delayMs, signal) };
}

/** Takes bytes from a pool, since the system takes as long for ten bytes as for thousands. No byte is used twice. */
export const systemRandom: Random = (size) => {
  if (size > POOL_BYTES) return randomBytes(size);
  if (used + size > pool.length) {
    pool = new Uint8Array(randomBytes(POOL_BYTES));
    used = 0;
  }
  used += size;
  // A copy, so that the caller holds no reference to the unused bytes of the pool.
  return pool.slice(used - size, used);
};
const POOL_BYTES = 4096;
let pool = new Uint8Array(0);
let used = 0;

/** Writes warnings and errors to standard error, one JSON line each. JSON escapes line breaks. */
export const consoleLogger: Logger = {
  info() {},
  warn: (message, fields) => console.error(line("warn", message, fields)),
  error: (message, fields) => console.error(line("error", message, fields)),
};

/** Functions by which loggers are recognised that take fields before the message: pino and Fastify's, bunyan, roarr, and their children. */
const FIELDS_FIRST = ["bindings", "addSerializers", "adopt"];

/**
 * Wraps the app's logger, so that its errors do not interrupt recording or delivery, and so that it keeps the fields: pino drops those behind
 * the message, roarr too, and bunyan writes them into it.
 */
export function safeLogger(logger: Partial<Logger>): Logger {
  // The PinoLogger of nestjs-pino passes its arguments to the pino in its field `logger`, another one in each request.
  const isFieldsFirst = hasFieldsFirst(logger) || hasFieldsFirst((logger as { readonly logger?: unknown }).logger);
  const fieldsFirst = logger as unknown as Readonly<Record<keyof Logger, (fields: object, message: string) => void>>;
  const safely =
    (level: keyof Logger): Logger["info"] =>
    (message, fields) =>
      harmlessly(() => (isFieldsFirst ? fieldsFirst[level](fields ?? {}, message) : logger[level]?.(message, fields)));
  return { info: safely("info"), warn: safely("warn"), error: safely("error") };
}

function hasFieldsFirst(logger: unknown): boolean {
  const functions = (logger ?? {}) as Readonly<Record<string, unknown>>;
  return FIELDS_FIRST.some((name) => typeof functions[name] === "function");
}

function line(level: string, message: string, fields: LogFields | undefined): string {
  return JSON.stringify({ level, message: `pay: ${message}`, ...fields });
}
