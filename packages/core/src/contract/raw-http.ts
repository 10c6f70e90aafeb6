/** A request as a bridge to an HTTP server hands it to `pay.handle`, with its body unread. */
export interface RawRequest {
  readonly method: string;
  /** The whole address, normalised as `new URL(…).href` writes it. */
  readonly url: string;
  /** Rarely read, so a getter may build them on demand. */
  readonly headers: Headers;
  /**
   * Reads the body. Gives up as soon as it is longer than `limit` bytes, or when the signal aborts. Called at most once. `already read` if
   * other code has read the body, or a part of it: its bytes are gone, and no gateway is to blame.
   *
   * @throws rejects if the body breaks off or the signal aborts
   */
  readBody(limit: number, signal: AbortSignal): Promise<Uint8Array | "too large" | "already read">;
}

/** The response, complete. */
export interface RawResponse {
  /** 200 to 599. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for 204, 205 and 304. */
  readonly body: string;
}

/** Answers a request. */
export type HandleRequest = (request: RawRequest) => Promise<RawResponse>;
