import type { CallbackChaos, CreateFault } from "../chaos/model.ts";
import type { AnswerBody, Verdict } from "../engine/model.ts";

/** An HTTP message as it was transmitted: first line, header fields as spelt and in order, and the bytes of the body. */
export interface HttpMessage {
  /** `POST /pay HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** After the transfer coding: chunks are joined. */
  readonly body: AnswerBody;
}

/** A request, with its complete address. */
export interface HttpRequestMessage extends HttpMessage {
  readonly method: string;
  readonly url: string;
}

/** The result of a create request. `refused`: the gateway's own error. `fault`: chaos applied to it. */
export type CreateVerdict =
  | { readonly kind: "created" }
  | { readonly kind: "refused" }
  | { readonly kind: "fault"; readonly fault: CreateFault["kind"] };

interface Common {
  /** Counted from 1, in the order in which the exchanges ended. */
  readonly n: number;
  readonly gateway: string;
  /** When the request was sent or arrived, by the simulator's clock. ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null if there was no complete answer; `error` says why. */
  readonly response: HttpMessage | null;
  readonly error: string | null;
}

/** The shop's request to create a payment. Leaves out what Node adds to the answer (date, length, connection). */
export interface CreateExchange extends Common {
  readonly kind: "create";
  /** The payment's id. Null if none was made. */
  readonly payment: string | null;
  readonly request: HttpRequestMessage;
  readonly verdict: CreateVerdict;
}

/** One delivery of a callback. */
export interface CallbackExchange extends Common {
  readonly kind: "callback";
  /** The payment's id. */
  readonly payment: string;
  /** Counted per payment, from 1. */
  readonly attempt: number;
  /** Null if nothing was sent. */
  readonly request: HttpRequestMessage | null;
  readonly chaos: readonly CallbackChaos["kind"][];
  readonly verdict: Verdict;
}

/** A request and its answer exactly as transmitted, secret keys and buyers' data included. */
export type HttpExchange = CreateExchange | CallbackExchange;
