/** How a Pay in this process is. It holds no secret, no buyer's data and no address. */
export interface Health {
  /** True if callbacks can be recorded here and events are delivered: send requests to this process. */
  readonly ready: boolean;
  /** `not_started` before `start()`, which also migrates the store, and from `close()` on. */
  readonly store: "reachable" | "unreachable" | "not_started";
  /** `failing` if this process could not look for events to deliver for half a minute. */
  readonly delivery: "running" | "failing" | "not_started";
  /** Callbacks of which the gateway got no acknowledgement, since the process started. */
  readonly refusedCallbacks: readonly RefusedCallbacks[];
}

/** How many callbacks had an answer other than an acknowledgement. */
export interface RefusedCallbacks {
  /** Configured name of the provider; absent if the address names none. */
  readonly providerName?: string;
  /** The HTTP status of the answer: 5xx is our fault, and 4xx is not. 0 if a connection was closed without one. */
  readonly status: number;
  readonly reason: RefusalReason;
  readonly count: number;
}

/** Why a callback was not acknowledged. `docs/configuration.md` has the usual causes. */
export type RefusalReason =
  | "not_http"
  | "bad_address"
  | "too_many_connections"
  | "unknown_address"
  | "wrong_base_path"
  | "wrong_method"
  | "not_running"
  | "body_already_read"
  | "body_too_large"
  | "body_too_slow"
  | "body_broken_off"
  | "body_encoding"
  | "unauthenticated"
  | "not_verified"
  | "malformed"
  | "unknown_payment"
  | "not_stored"
  | "adapter_failed";
