import type { CallbackChaos, CreateFault } from "../chaos/model.ts";
import type { AnswerBody, SimulatedPayment, Verdict } from "../ledger.ts";

/** An HTTP message as it was written: first line, fields with their names as spelt and in order, the bytes of the body. */
export interface HttpMessage {
  /** `POST /pay HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** After the transfer coding: chunks are joined. */
  readonly body: AnswerBody;
}

/** A request, with the whole address it went to. */
export interface HttpRequestMessage extends HttpMessage {
  readonly method: string;
  readonly url: string;
}

/** What became of a create request. `refused`: the gateway's own error. `fault`: what chaos had in store for it. */
export type CreateVerdict =
  | { readonly kind: "created" }
  | { readonly kind: "refused" }
  | { readonly kind: "fault"; readonly fault: CreateFault["kind"] };

interface Common {
  /** Counted from 1, in the order in which they ended. */
  readonly n: number;
  readonly gateway: SimulatedPayment["gateway"];
  /** When the request was sent or came, ISO 8601, UTC, by the simulator's clock. */
  readonly at: string;
  /** Null when no complete answer came or went; `error` says why. */
  readonly response: HttpMessage | null;
  readonly error: string | null;
}

/** The shop's request to create a payment. What Node adds to the answer (date, length, connection) is not shown. */
export interface CreateExchange extends Common {
  readonly kind: "create";
  /** Null when none was made. */
  readonly payment: string | null;
  readonly request: HttpRequestMessage;
  readonly verdict: CreateVerdict;
}

/** One delivery of a callback. */
export interface CallbackExchange extends Common {
  readonly kind: "callback";
  readonly payment: string;
  /** Counted per payment, from 1. */
  readonly attempt: number;
  /** Null when nothing was sent. */
  readonly request: HttpRequestMessage | null;
  readonly chaos: readonly CallbackChaos["kind"][];
  readonly verdict: Verdict;
}

/** What went over the wire, whoever began, exactly: secret keys and buyers included. */
export type Exchange = CreateExchange | CallbackExchange;
