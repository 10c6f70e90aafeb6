import type { PaymentId } from "../model/ids.ts";

/**
 * One request and its response, between Pay and a gateway, exactly as sent except for masked parts: secrets, personal data and the tokens
 * in Pay's own addresses read `•••`. Headers are left out.
 */
export interface HttpExchange {
  /** When the request began, in Unix milliseconds. */
  readonly startedAt: number;
  /** Time until the response was complete, in milliseconds. */
  readonly durationMs: number;
  /** Absent if the payment is unknown, or if the callback is not authenticated: a forged callback can name any payment. */
  readonly paymentId?: PaymentId;
  /** Configured name of the provider. */
  readonly providerName: string;
  readonly direction: "to_gateway" | "from_gateway";
  /**
   * `body` is cut at 4 KiB. A body that is neither a form, nor JSON, nor a few plain words is replaced by its kind and length. In a flood of
   * callbacks without proof, above 32 KiB in a second, every body is, and `url` reads `•••`.
   */
  readonly request: { readonly method: string; readonly url: string; readonly body?: string };
  /** Absent if no response arrived. */
  readonly response?: { readonly status: number; readonly body: string };
  /** Why no response arrived: a code such as `ECONNREFUSED`, or `time is up`, or `failed`. */
  readonly error?: string;
}
