/** One request and its answer between Pay and a gateway. Secrets were masked by whoever wrote it down: it is shown as it is. */
export interface Exchange {
  /** Unix milliseconds. */
  readonly at: number;
  readonly direction: "to_gateway" | "from_gateway";
  readonly request: { readonly method: string; readonly url: string; readonly body?: string };
  /** Absent where none came. */
  readonly response?: { readonly status: number; readonly body: string };
  /** Why there is no answer. */
  readonly error?: string;
}

/** Where the console finds what was exchanged about a payment. */
export interface ExchangeLog {
  /** Oldest first; empty where nothing was kept. */
  of(paymentId: string): readonly Exchange[];
}
