import ky, { type KyInstance } from "ky";
import type { Call, Rejection } from "../contract/provider.ts";

/** Largest answer that is read, in bytes. Gateways answer with a few hundred. */
export const ANSWER_LIMIT: number = 256 * 1024;

/** What came of a request. `cause` names the failure by its code alone: errors of HTTP clients carry the request, and with it secrets. */
export type SendOutcome<T> =
  | { readonly kind: "answered"; readonly body: T }
  | Rejection
  | { readonly kind: "not_sent"; readonly cause: Error }
  | { readonly kind: "unknown"; readonly cause: Error };

/** A complete answer, before it is interpreted. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface SendRequest<T> {
  readonly method: "POST" | "GET" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Reads a 2xx answer. `undefined` if it is not what the gateway documents: the outcome is then unknown. */
  readonly read: (answer: Answer) => T | undefined;
  /** Recognises a documented refusal in any complete answer. Asked first, so it may stand in a 500 or a 200. */
  readonly refusal?: (answer: Answer) => Rejection | undefined;
}

/**
 * Sends one request and sorts every way it can end. Nothing is sent twice and no redirect is followed.
 *
 * | what happened | outcome |
 * |---|---|
 * | no name, no connection, no TLS | `not_sent` |
 * | a refusal the adapter recognises | as it says |
 * | 429 | `rejected`, retryable |
 * | 4xx but 408 | `rejected` |
 * | 2xx that `read` accepts | `answered` |
 * | everything else: 408, 3xx, 5xx, reset, time up, cut or over-long or unreadable answer | `unknown` |
 */
export async function send<T>(call: Call, request: SendRequest<T>): Promise<SendOutcome<T>> {
  let answer: Answer;
  try {
    const response = await call.http(request.url, {
      method: request.method,
      ...(request.headers && { headers: { ...request.headers } }),
      ...(request.body !== undefined && { body: request.body }),
    });
    answer = { status: response.status, text: await readText(response) };
  } catch (error) {
    return classifyFailure(error, call.signal.aborted);
  }
  const refusal = request.refusal?.(answer);
  if (refusal !== undefined) return refusal;
  const { status } = answer;
  if (status === 429) return { kind: "rejected", code: "unavailable", retryable: true, providerCode: "429" };
  if (status >= 400 && status < 500 && status !== 408) {
    return { kind: "rejected", code: "declined", retryable: false, providerCode: String(status) };
  }
  if (status < 200 || status >= 300) return { kind: "unknown", cause: new Error(`HTTP ${status}`) };
  const body = request.read(answer);
  if (body === undefined) return { kind: "unknown", cause: new Error(`HTTP ${status} with an unreadable answer`) };
  return { kind: "answered", body };
}

const base: KyInstance = ky.create({ retry: 0, timeout: false, throwHttpErrors: false, redirect: "manual" });

/** A call that ends when the signal aborts. One per use; the engine makes them, tests may. */
export function createCall(signal: AbortSignal, now: () => number = Date.now): Call {
  let http: KyInstance | undefined;
  return {
    signal,
    get http() {
      http ??= base.extend({ signal });
      return http;
    },
    now,
  };
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > ANSWER_LIMIT) throw new Error("answer too long");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Failures that happen before a byte of the request can leave. */
const BEFORE_SENDING: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_UNSUPPORTED_PROTOCOL",
  "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
  "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE",
  // The names OpenSSL gives to a certificate it does not accept, as Node reports them.
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_REJECTED",
  "CERT_UNTRUSTED",
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function classifyFailure(error: unknown, aborted: boolean): SendOutcome<never> {
  const failures = leaves(error);
  const code = failures.map(codeOf).find((found) => found !== undefined) ?? (aborted ? "time is up" : "failed");
  const cause = new Error(code);
  const neverLeft = failures.length > 0 && failures.every(isBeforeSending);
  return neverLeft ? { kind: "not_sent", cause } : { kind: "unknown", cause };
}

/** Innermost errors: HTTP clients wrap, and Node gathers the addresses of a name it tried in an AggregateError. */
function leaves(error: unknown): readonly unknown[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(leaves);
  if (error instanceof Error && error.cause !== undefined) return leaves(error.cause);
  return [error];
}

function isBeforeSending(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  const connecting = (error as { syscall?: unknown }).syscall === "connect";
  return BEFORE_SENDING.has(code) || (connecting && code === "ETIMEDOUT");
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
