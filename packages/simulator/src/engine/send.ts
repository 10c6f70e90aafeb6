import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { types } from "node:util";
import { bodyOf, fieldsOf } from "../exchanges/bytes.ts";
import type { HttpMessage } from "../exchanges/model.ts";
import { loopbackLookup } from "./loopback.ts";
import type { CallbackRequest, CallbackResponse } from "./model.ts";

/** Bytes. A longer answer counts as failed, and the rest is not read. */
export const ANSWER_LIMIT_BYTES = 65_536;

export type Sent =
  | { readonly kind: "answered"; readonly response: CallbackResponse; readonly message: HttpMessage }
  | { readonly kind: "failed"; readonly reason: string };

export interface SendLimits {
  /** For request and answer together. */
  readonly timeoutMs: number;
  readonly closing: AbortSignal;
}

/**
 * Sends one callback and reads the whole answer. Does not follow redirects. Uses node:http rather than fetch because a
 * separate connection for each callback leaves no pooled socket behind, and the lookup can be pinned to loopback.
 */
export async function send(request: CallbackRequest, { timeoutMs, closing }: SendLimits): Promise<Sent> {
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([closing, late]);
  try {
    const answer = await open(request, signal);
    const bytes = await readLimited(answer);
    if (bytes === null) return { kind: "failed", reason: `the answer is longer than ${ANSWER_LIMIT_BYTES} bytes` };
    const body = bodyOf(bytes);
    const start = `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`.trimEnd();
    const message = { start, headers: fieldsOf(answer), body };
    return { kind: "answered", response: { status: answer.statusCode!, headers: flat(answer), body }, message };
  } catch (error) {
    if (closing.aborted) return { kind: "failed", reason: "the simulator was closed" };
    if (late.aborted) return { kind: "failed", reason: `no complete answer within ${timeoutMs} ms` };
    return { kind: "failed", reason: describeError(error) };
  }
}

function open({ method, url, headers, body }: CallbackRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const start = target.protocol === "https:" ? requestHttps : requestHttp;
    const outgoing = start(target, { method, headers, agent: false, signal, lookup: loopbackLookup }, resolve);
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
  });
}

async function readLimited(answer: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop destroys the stream and its connection.
    if (length > ANSWER_LIMIT_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flat(answer: IncomingMessage): Record<string, string> {
  const entries = Object.entries(answer.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(", ")]));
}

function describeError(error: unknown): string {
  // Not instanceof: a test runner may load this file in a realm whose Error differs from that of node:http.
  if (!types.isNativeError(error)) return String(error);
  // If both 127.0.0.1 and ::1 fail for localhost, the AggregateError has no message of its own.
  const code = "code" in error ? String(error.code) : "";
  return error.message === "" ? code : error.message;
}
