import { randomBytes } from "node:crypto";
import { type AnyPay, type Clock, type HttpExchangeLog, type Logger, PayError, systemClock } from "@pay/core";

/** Who is at the console. */
export interface Operator {
  /** As the shop names its people, at most 200 characters: it stands in the history of what they do. */
  readonly name: string;
}

export interface ConsoleOptions {
  /**
   * Says who sends a request, by the app's own session: its cookie, for example. Nobody is answered 401, a throw 500. It is asked
   * for every request, and must leave the body unread.
   */
  readonly authorize: (
    request: Request,
  ) => Operator | undefined | null | false | Promise<Operator | undefined | null | false>;
  /** Path the console is mounted at, e.g. `"/console"`; `""` for a host of its own. @default "/console" */
  readonly basePath?: string;
  /** Signs the tokens in forms, 32 characters or more; needed where several processes serve the console. @default random, per console */
  readonly secret?: string;
  /** IANA name of the time zone that times are shown in, e.g. `"Europe/Warsaw"`. @default the process's own */
  readonly timeZone?: string;
  /** What was exchanged with gateways. @default none is shown */
  readonly exchanges?: Pick<HttpExchangeLog, "of">;
  /** Milliseconds between two looks at the newest payments, while somebody watches them. @default 5000 */
  readonly interval?: number;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Told of what failed without anybody to tell, by the error's class alone. @default one line on standard error */
  readonly logger?: Pick<Logger, "error">;
}

/** The options, checked and completed. */
export interface Settings {
  readonly pay: AnyPay;
  readonly authorize: ConsoleOptions["authorize"];
  readonly basePath: string;
  readonly key: string | Uint8Array;
  readonly timeZone: string;
  readonly exchanges: Pick<HttpExchangeLog, "of">;
  readonly interval: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "error">;
}

const KEYS: readonly string[] = [
  ...["authorize", "basePath", "secret", "timeZone", "exchanges", "interval", "clock", "logger"],
];
const PATH = /^(?:\/[A-Za-z0-9._~-]+)*$/;
const SHORTEST_SECRET = 32;

/** @throws PayError `INVALID_CONFIG` naming the field */
export function checkOptions(pay: AnyPay, options: ConsoleOptions): Settings {
  if (typeof pay?.payments?.list !== "function") throw badOption("pay", "must be a Pay, as createPay makes it");
  // Without it the console would be open to everybody, which must not happen by forgetting.
  if (typeof options?.authorize !== "function") {
    throw badOption("authorize", "must be a function that answers who sends a request, { name }, or undefined");
  }
  if (Object.keys(options).some((key) => !KEYS.includes(key))) {
    throw badOption("options", `has an unknown key; there are ${KEYS.join(", ")}`);
  }
  const { basePath = "/console", exchanges, interval = 5000, secret, timeZone } = options;
  if (typeof basePath !== "string" || !PATH.test(basePath)) {
    throw badOption("basePath", 'must be a path such as "/console", without a slash at its end');
  }
  if (secret !== undefined && !isSecret(secret)) {
    throw badOption(
      "secret",
      `must be a random text of at least ${SHORTEST_SECRET} characters, e.g. of openssl rand -hex 32`,
    );
  }
  if (!Number.isSafeInteger(interval) || interval < 1) throw badOption("interval", "must be milliseconds, 1 or more");
  if (exchanges !== undefined && typeof exchanges.of !== "function") throw badOption("exchanges", "must have of(id)");
  return {
    pay,
    authorize: options.authorize,
    basePath,
    key: secret ?? randomBytes(32),
    timeZone: checkTimeZone(timeZone),
    exchanges: exchanges ?? { of: () => [] },
    interval,
    clock: options.clock ?? systemClock,
    logger: options.logger ?? { error: (message, fields) => console.error(JSON.stringify({ message, ...fields })) },
  };
}

/** As Pay's own: long, and not one character again and again. */
function isSecret(secret: unknown): boolean {
  return typeof secret === "string" && secret.length >= SHORTEST_SECRET && new Set(secret).size > 1;
}

function checkTimeZone(timeZone: string | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw badOption("timeZone", 'must be the name of a time zone, such as "Europe/Warsaw"');
  }
}

function badOption(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} ${remedy}.`, { field });
}
