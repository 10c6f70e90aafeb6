import type { ErrorCode } from "../sellly-request.ts";

/** How many callbacks, from 1. `"all"`: every one, so that the truth never arrives. */
export type Count = number | "all";

/**
 * What goes wrong with the callbacks of one payment. Except for `"all"` the true callback follows as the gateway would
 * repeat it, one redelivery apart.
 *
 * - `delay`: the first one is sent `ms` milliseconds late.
 * - `drop`: the first `count` (default 1) are not sent.
 * - `duplicate`: the first true one is sent `count` (default 2) times at once.
 * - `reorder`: the first one waits until another payment's callback, or this payment's next one, has overtaken it.
 * - `contradict`: both outcomes are told, in this order, and then the true one again if it was not the last.
 * - `early`: the buyer pays (or declines) before the shop has create's answer. Only for payments to come.
 * - `wrong_secret`: `count` (default 1) with a wrong `secret_key`; for GOSetti.pl, which has none, at a callback address
 *   whose longest part of letters and digits, the shop's token, is wrong.
 * - `foreign_token`: `count` (default 1) with the key of another Sellly shop, or at another GOSetti.pl payment's address.
 * - `changed_id`: `count` (default 1) with the number of no payment (`nobody`) or of another one (`other`).
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

/** GOSetti.pl documents no codes, so these are statuses; Sellly's are those of its table, 610 included. */
export type FaultCode = 400 | 415 | 500 | ErrorCode | 610;

/**
 * What goes wrong with create, for requests that are right in themselves. `times` (default: until the chaos is changed) is
 * how many requests it meets.
 *
 * - `refuse`: the connection is cut, no payment is made.
 * - `error`: the gateway's error with this code, no payment is made. The gateway that has no such code is left alone.
 * - `hang`: the payment is made, the answer waits until it is released or the client gives up.
 * - `html`: the payment is made, the answer is a proxy's page with status 502.
 * - `truncated_json`: the payment is made, the answer ends in the middle.
 */
export type CreateFault =
  | { readonly kind: "refuse"; readonly times?: number }
  | { readonly kind: "error"; readonly code: FaultCode; readonly times?: number }
  | { readonly kind: "hang"; readonly times?: number }
  | { readonly kind: "html"; readonly times?: number }
  | { readonly kind: "truncated_json"; readonly times?: number };

/** Everything that is to go wrong. Empty: nothing. Each kind of callback chaos may stand there once. */
export interface Chaos {
  /** In the order in which false callbacks are sent. */
  readonly callbacks?: readonly CallbackChaos[];
  /** Only for payments to come. */
  readonly create?: CreateFault;
}
