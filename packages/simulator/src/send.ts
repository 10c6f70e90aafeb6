import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { types } from "node:util";
import { bodyOf, fieldsOf } from "./exchange/bytes.ts";
import type { HttpMessage } from "./exchange/model.ts";
import type { CallbackRequest, CallbackResponse } from "./ledger.ts";
import { loopbackLookup } from "./loopback.ts";

/** More than this is no answer to a callback; the rest is not read. */
export const ANSWER_LIMIT = 65_536;

export type Sent =
  | { readonly kind: "answered"; readonly response: CallbackResponse; readonly message: HttpMessage }
  | { readonly kind: "failed"; readonly why: string };

export interface SendLimits {
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  readonly closing: AbortSignal;
}

/**
 * Sends one callback and reads the whole answer. Redirects are not followed. node:http rather than fetch: a connection of
 * its own for each callback leaves no pooled socket behind, and the lookup can be pinned to loopback.
 */
export async function send(request: CallbackRequest, { timeout, closing }: SendLimits): Promise<Sent> {
  const late = AbortSignal.timeout(timeout);
  const signal = AbortSignal.any([closing, late]);
  try {
    const answer = await open(request, signal);
    const bytes = await readLimited(answer);
    if (bytes === null) return { kind: "failed", why: `the answer is longer than ${ANSWER_LIMIT} bytes` };
    const body = bodyOf(bytes);
    const start = `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`.trimEnd();
    const message = { start, headers: fieldsOf(answer), body };
    return { kind: "answered", response: { status: answer.statusCode!, headers: flat(answer), body }, message };
  } catch (error) {
    if (closing.aborted) return { kind: "failed", why: "the simulator was closed" };
    if (late.aborted) return { kind: "failed", why: `no complete answer within ${timeout} ms` };
    return { kind: "failed", why: reason(error) };
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
    // Leaving the loop destroys the stream and with it the connection.
    if (length > ANSWER_LIMIT) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flat(answer: IncomingMessage): Record<string, string> {
  const entries = Object.entries(answer.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(", ")]));
}

function reason(error: unknown): string {
  // Not instanceof: a test runner may load this file in a realm whose Error is not that of node:http.
  if (!types.isNativeError(error)) return String(error);
  // Trying 127.0.0.1 and ::1 for localhost ends in an AggregateError without a message of its own.
  const code = "code" in error ? String(error.code) : "";
  return error.message === "" ? code : error.message;
}
