import type { PaymentId } from "../model/ids.ts";

/**
 * One request and its answer, between Pay and a gateway, exactly as they went but for what is masked with `•••`: secrets, personal
 * data and the tokens in Pay's own addresses. Headers are left out.
 */
export interface HttpExchange {
  /** When it began, in Unix milliseconds. */
  readonly startedAt: number;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Absent where nobody knows whose it is, and where it did not prove itself: anybody can name a payment. */
  readonly paymentId?: PaymentId;
  /** Instance name. */
  readonly providerName: string;
  readonly direction: "to_gateway" | "from_gateway";
  /** `body` is cut at 4 KiB. One that is neither a form nor JSON nor a few plain words is told by its kind and length. */
  readonly request: { readonly method: string; readonly url: string; readonly body?: string };
  /** Absent where none came. */
  readonly response?: { readonly status: number; readonly body: string };
  /** Why none came: a code such as `ECONNREFUSED`, or `time is up`, or `failed`. */
  readonly error?: string;
}
