import type { CallbackChaos, Chaos } from "../chaos/model.ts";

/** The types in which one gateway differs from another. A gateway names its own; everything else works with any. */
export interface GatewayTypes {
  /** In addresses (`/<name>`), in the options, and in `SimulatedPayment.gateway`. Lower-case letters and digits. */
  readonly name: string;
  /** What a create request says besides amount and currency. `kind` is the gateway's name. */
  readonly details: { readonly kind: string };
  /** The gateway's options when the simulator starts. */
  readonly options: object;
  /** The codes of its create errors. */
  readonly errorCode: number;
  /** What the gateway adds to the started simulator: at least its address, under a name of its own. */
  readonly handle: object;
}

/** A payment as it is now. The object is frozen: request the payment again to see changes. */
export interface SimulatedPayment<T extends GatewayTypes = GatewayTypes> {
  /** The gateway's number of the payment. */
  readonly id: string;
  readonly gateway: T["name"];
  /** Major units as the gateway writes them: `"19.99"`, or `"20"` where the gateway's format has no trailing zeros. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** `expired`: the payment was not paid in time. The callback is the same as for `declined`. */
  readonly state: "open" | "paid" | "declined" | "expired";
  /** The hosted page, where the buyer pays. */
  readonly pageUrl: string;
  /** Where the buyer goes next. Null while the gateway does not know it. */
  readonly returnTo: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** ISO 8601, UTC. Null while the payment is open. */
  readonly finishedAt: string | null;
  /** The time at which the payment expires if it is still open. ISO 8601, UTC. */
  readonly expiresAt: string;
  /** The time at which the next callback is due, ISO 8601, UTC. Null if none is planned. */
  readonly nextCallbackAt: string | null;
  /** What goes wrong with the payment's callbacks. */
  readonly chaos: Chaos;
  readonly details: T["details"];
}

/** A callback exactly as it is sent. */
export interface CallbackRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** The bytes of an answer: text if they are valid UTF-8 (a BOM is kept), otherwise base64. */
export type AnswerBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "base64"; readonly base64: string };

/** The shop's complete answer. */
export interface CallbackResponse {
  readonly status: number;
  /** Names are lower-case; repeated fields are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
}

/**
 * How the gateway judges an answer. `nextInMs` is the number of milliseconds until the next delivery; null means that none
 * follows.
 *
 * - `accepted`: the answer is as documented. `redirectUrl` is the buyer's way back if the answer contains it.
 * - `will_retry`: the answer is not the acknowledgement that the gateway expects.
 * - `no_redirect`: the answer does not say where the buyer goes next, and the gateway needs it to.
 * - `not_sent`: chaos prevented the callback.
 * - `aborted`: the simulator was closed before the answer was complete.
 */
export type Verdict =
  | { readonly kind: "accepted"; readonly redirectUrl: string | null; readonly nextInMs: number | null }
  | { readonly kind: "will_retry"; readonly nextInMs: number; readonly reason: string }
  | { readonly kind: "no_redirect"; readonly nextInMs: number | null; readonly reason: string }
  | { readonly kind: "not_sent"; readonly nextInMs: number | null; readonly reason: string }
  | { readonly kind: "aborted" };

/** One delivery of a callback, recorded when it has ended. */
export interface SimulatedCallback {
  /** The payment's id. */
  readonly payment: string;
  /** Counted per payment, from 1. */
  readonly attempt: number;
  /** When the callback was sent. ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null if there was no address to send it to, or if chaos prevented it. */
  readonly request: CallbackRequest | null;
  /** Null if no complete answer arrived; `error` says why. */
  readonly response: CallbackResponse | null;
  readonly error: string | null;
  /** The kinds of chaos that produced the callback. Empty for one that the gateway itself would send. */
  readonly chaos: readonly CallbackChaos["kind"][];
  readonly verdict: Verdict;
}
