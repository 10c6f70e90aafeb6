/** A number of callbacks, from 1. `"all"` means every callback, so that the genuine one is never sent. */
export type Count = number | "all";

/**
 * What goes wrong with the callbacks of one payment. Unless a `count` is `"all"`, the genuine callback follows one
 * redelivery later, just as the gateway would repeat it.
 *
 * - `delay`: the first callback is sent `ms` milliseconds late.
 * - `drop`: the first `count` (default 1) callbacks are not sent.
 * - `duplicate`: the first genuine callback is sent `count` (default 2) times at once.
 * - `reorder`: the first callback waits until a callback of another payment, or this payment's next one, has gone first.
 * - `contradict`: both outcomes are sent in this order, and then the genuine one again unless it was the last.
 * - `early`: the buyer pays (or declines) before the shop receives the answer to create. Future payments only.
 * - `wrong_secret`: `count` (default 1) callbacks carry a wrong secret, in the place where the gateway puts its secret.
 * - `foreign_token`: `count` (default 1) callbacks carry the secret of another shop or of another payment.
 * - `changed_id`: `count` (default 1) callbacks carry the id of no payment (`nobody`) or of another one (`other`).
 */
export type CallbackChaos =
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "drop"; readonly count?: Count }
  | { readonly kind: "duplicate"; readonly count?: number }
  | { readonly kind: "reorder" }
  | { readonly kind: "contradict"; readonly order: "success_failure" | "failure_success" }
  | { readonly kind: "early"; readonly action?: "pay" | "decline" }
  | { readonly kind: "wrong_secret"; readonly count?: Count }
  | { readonly kind: "foreign_token"; readonly count?: Count }
  | { readonly kind: "changed_id"; readonly to: "nobody" | "other"; readonly count?: Count };

/** The kinds of callback chaos that each gateway performs in its own way. */
export type FalseCallbackKind = Extract<CallbackChaos["kind"], "wrong_secret" | "foreign_token">;

/**
 * What goes wrong with valid create requests. `times` is the number of requests affected; by default every request is,
 * until the chaos is changed.
 *
 * - `refuse`: the connection is cut and no payment is created.
 * - `error`: the gateway answers with its error `code` and creates no payment. Gateways without this code ignore it.
 * - `hang`: the payment is created, but the answer waits until it is released or the client gives up.
 * - `html`: the payment is created, but the answer is a proxy's error page with status 502.
 * - `truncated_json`: the payment is created, but the second half of the answer is missing.
 */
export type CreateFault<Code extends number = number> =
  | { readonly kind: "refuse"; readonly times?: number }
  | { readonly kind: "error"; readonly code: Code; readonly times?: number }
  | { readonly kind: "hang"; readonly times?: number }
  | { readonly kind: "html"; readonly times?: number }
  | { readonly kind: "truncated_json"; readonly times?: number };

/** Everything that goes wrong. An empty object means that nothing does. Each kind of callback chaos may appear once. */
export interface Chaos<Code extends number = number> {
  /** In the order in which the false callbacks are sent. */
  readonly callbacks?: readonly CallbackChaos[];
  /** Applies to future payments only. */
  readonly create?: CreateFault<Code>;
}
