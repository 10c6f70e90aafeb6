import { randomBytes } from "node:crypto";
import {
  type AnyPay,
  type Clock,
  type HttpExchangeLog,
  type Logger,
  PayError,
  safeLogger,
  systemClock,
} from "@pay/core";

/** The person who uses the console. */
export interface Operator {
  /** At most 200 characters. It is recorded in the history of every payment that this person acts on. */
  readonly name: string;
}

export interface ConsoleOptions {
  /**
   * Identifies the operator of a request, e.g. by the session cookie of your app. The console calls it for every request. Without
   * an operator the response is 401; if it throws, 500. It must not read the body.
   *
   * @example
   * ```ts
   * import type { ConsoleOptions } from "@pay/console";
   *
   * declare function sessionOf(cookie: string | null): Promise<{ isOperator: boolean; userName: string } | undefined>;
   *
   * export const options: ConsoleOptions = {
   *   authorize: async (request) => {
   *     const session = await sessionOf(request.headers.get("cookie"));
   *     return session?.isOperator ? { name: session.userName } : undefined;
   *   },
   * };
   * ```
   */
  readonly authorize: (
    request: Request,
  ) => Operator | undefined | null | false | Promise<Operator | undefined | null | false>;
  /** The path at which the console is mounted, or `""` for a host of its own. @default "/console" */
  readonly basePath?: string;
  /** Signs the tokens in forms, 32 characters or more. Required if several processes serve the console. @default random, per console */
  readonly secret?: string;
  /** Time zone of the times shown and the days searched, an IANA name such as `"Europe/Warsaw"`. @default that of the process */
  readonly timeZone?: string;
  /** The log whose HTTP exchanges with gateways are shown on the page of a payment: `httpExchangeLog()` of `@pay/core`. @default none */
  readonly httpExchanges?: Pick<HttpExchangeLog, "of">;
  /** The list of payments is polled this often while an operator watches it. @default 5000 */
  readonly refreshIntervalMs?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Receives failures that no page can report, with the class of the error only. @default one line on standard error */
  readonly logger?: Pick<Logger, "error">;
}

/** The options, checked and completed. */
export interface Settings {
  readonly pay: AnyPay;
  readonly authorize: ConsoleOptions["authorize"];
  readonly basePath: string;
  readonly key: string | Uint8Array;
  readonly timeZone: string;
  readonly httpExchanges: Pick<HttpExchangeLog, "of">;
  readonly refreshIntervalMs: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "error">;
}

const KEYS: readonly string[] = [
  ...["authorize", "basePath", "secret", "timeZone", "httpExchanges", "refreshIntervalMs", "clock", "logger"],
];
const PATH = /^(?:\/[A-Za-z0-9._~-]+)*$/;
const SHORTEST_SECRET = 32;

/** @throws PayError `INVALID_CONFIG` naming the field */
export function checkOptions(pay: AnyPay, options: ConsoleOptions): Settings {
  if (typeof pay?.payments?.list !== "function") throw badOption("pay", "must be a Pay made by createPay or loadPay");
  // A forgotten option must not open the console to everybody.
  if (typeof options?.authorize !== "function") {
    throw badOption("authorize", "must be a function that returns the operator of a request as { name }, or undefined");
  }
  if (Object.keys(options).some((key) => !KEYS.includes(key))) {
    throw badOption("options", `has an unknown key; use only ${KEYS.join(", ")}`);
  }
  const { basePath = "/console", httpExchanges, refreshIntervalMs = 5000, secret, timeZone } = options;
  if (typeof basePath !== "string" || !PATH.test(basePath)) {
    throw badOption("basePath", 'must be a path such as "/console", without a trailing slash');
  }
  if (secret !== undefined && !isSecret(secret)) {
    throw badOption(
      "secret",
      `must be random text of at least ${SHORTEST_SECRET} characters; create it with openssl rand -hex 32`,
    );
  }
  if (!Number.isSafeInteger(refreshIntervalMs) || refreshIntervalMs < 1) {
    throw badOption("refreshIntervalMs", "must be a whole number of milliseconds, at least 1");
  }
  if (!isUsable(options.clock, ["now", "sleep"])) throw badOption("clock", "must have the functions now and sleep");
  if (!isUsable(options.logger, ["error"])) throw badOption("logger", "must have the function error");
  if (!isUsable(httpExchanges, ["of"])) {
    throw badOption("httpExchanges", "must be a log with the method of(id), such as httpExchangeLog()");
  }
  return {
    pay,
    authorize: options.authorize,
    basePath,
    key: secret ?? randomBytes(32),
    timeZone: checkTimeZone(timeZone),
    httpExchanges: httpExchanges ?? { of: () => [] },
    refreshIntervalMs,
    clock: options.clock ?? systemClock,
    logger: safeLogger(
      options.logger ?? { error: (message, fields) => console.error(JSON.stringify({ message, ...fields })) },
    ),
  };
}

/** True for an absent option, and for an object with these functions. */
function isUsable(option: object | undefined, names: readonly string[]): boolean {
  if (option === undefined) return true;
  const given = (option ?? {}) as Readonly<Record<string, unknown>>;
  return names.every((name) => typeof given[name] === "function");
}

/** The same rule as for Pay's own secret: long, and more than one character repeated. */
function isSecret(secret: unknown): boolean {
  return typeof secret === "string" && secret.length >= SHORTEST_SECRET && new Set(secret).size > 1;
}

function checkTimeZone(timeZone: string | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw badOption("timeZone", 'must be the IANA name of a time zone, such as "Europe/Warsaw"');
  }
}

function badOption(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} ${remedy}.`, { field });
}
