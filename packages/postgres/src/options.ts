import { PayError } from "@pay/core/store";

/** The database and the connections to it. */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`: a server, or a pooler in session or transaction mode. */
  readonly url: string;
  /** The server itself if `url` is a pooler in transaction mode: LISTEN needs it. Must lead to the same database. @default `url` */
  readonly directUrl?: string;
  /** `true` to learn of new deliveries by LISTEN; `false` to poll the queue twice a second. @default true */
  readonly listen?: boolean;
  /**
   * Most connections of this process, from 2 to 1000. Handlers with a transaction may open as many again, and so may `directUrl`. Of
   * those, a handler that hangs holds as many as it leaves free. @default 10
   */
  readonly connections?: number;
}

const OPTIONS = new Set(["url", "directUrl", "listen", "connections"]);

export type CheckedOptions = PostgresOptions & Required<Pick<PostgresOptions, "connections">>;

const CONNECTIONS = 10;

/** @throws PayError `INVALID_CONFIG` naming the option */
export function checkOptions(given: string | PostgresOptions): CheckedOptions {
  const options = typeof given === "string" ? { url: given } : given;
  if (typeof options !== "object" || options === null) throw invalid("store", "needs the URL of a database");
  for (const name of Object.keys(options))
    if (!OPTIONS.has(name)) throw invalid(name, "is not known to postgresStore; remove it");
  for (const field of ["url", "directUrl"] as const) {
    const url = options[field];
    if (url === undefined && field === "directUrl") continue;
    if (typeof url !== "string" || !/^postgres(?:ql)?:$/.test(protocolOf(url))) {
      throw invalid(field, "must be an address such as postgres://user:password@host:5432/database");
    }
    const { pathname, search, hash } = new URL(url);
    // A password with an unencoded "/", "?" or "#" ends the host early: part of it would appear in errors as the host.
    if (`${pathname}${search}${hash}`.includes("@")) {
      throw invalid(field, "has an @ after the host: write what stands before and after it with encodeURIComponent()");
    }
  }
  const { connections = CONNECTIONS, listen } = options;
  if (!Number.isSafeInteger(connections) || connections < 2 || connections > 1000) {
    throw invalid("connections", "must be a whole number from 2 to 1000");
  }
  if (listen !== undefined && typeof listen !== "boolean") throw invalid("listen", "must be true or false");
  return { ...options, connections };
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}

function invalid(field: string, remedy: string): PayError {
  return new PayError("INVALID_CONFIG", `${field} ${remedy}.`, { field });
}
