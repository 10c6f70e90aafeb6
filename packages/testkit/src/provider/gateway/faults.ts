import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { ANSWER_LIMIT_BYTES, type Rejection } from "@pay/core/adapter";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { type ReceivedRequest, reply } from "./gateway.ts";

/** The outcome that the adapter must give. `done or unknown` allows both. */
export type Expected = "not_sent" | "unknown" | "rejected" | "rejected, retryable" | "done" | "done or unknown";

/** One way in which a request can end, and the outcome that `send()` of `@pay/core/adapter` gives for it. */
export interface Fault {
  /** Continues "is unknown when …". */
  readonly when: string;
  readonly gives: Expected;
  /** The answers to serve, all in one test. */
  readonly acts: readonly ((exchange: ReceivedRequest, hands: Hands) => void)[];
  /** Serves the answer before the gateway reads the body. */
  readonly unread?: boolean;
}

export interface Hands {
  /** The documented answer. */
  readonly documented: WireAnswer;
  /** Ends the call's time. */
  readonly timeIsUp: () => void;
}

const HTML = { "content-type": "text/html; charset=utf-8" };

/** Gateways and proxies quote requests, so an answer may repeat a whole request. */
const echo = ({ request }: ReceivedRequest) => `${request.target}\n${JSON.stringify(request.headers)}\n${request.body}`;
const page = (exchange: ReceivedRequest) => `<!doctype html><html><h1>200 OK</h1><pre>${echo(exchange)}</pre></html>`;

const says =
  (status: number, body: (exchange: ReceivedRequest, hands: Hands) => string, headers: Record<string, string> = {}) =>
  (exchange: ReceivedRequest, hands: Hands) =>
    reply(exchange.response, { status, headers, body: body(exchange, hands) });
const documentedBody = (_: ReceivedRequest, { documented }: Hands) => documented.body;

/** All faults except the two in which nothing is sent. */
export function faultsFor(documented: WireAnswer, refused: readonly Documented<Rejection>[]): readonly Fault[] {
  const retryable = refused.filter(({ gives }) => gives.retryable).map(({ answer }) => answer.status);
  return [...broken(documented), ...late(), ...unreadable(documented), ...refusing(retryable), ...sound(documented)];
}

function broken({ body }: WireAnswer): readonly Fault[] {
  const half = Math.ceil(Buffer.byteLength(body) / 2);
  return [
    {
      when: "the connection is reset before the request was read",
      gives: "unknown",
      unread: true,
      acts: [({ socket }) => socket.resetAndDestroy()],
    },
    {
      when: "the connection is reset once the request was read",
      gives: "unknown",
      acts: [({ socket }) => socket.resetAndDestroy()],
    },
    {
      when: "the connection is closed once the request was read",
      gives: "unknown",
      acts: [({ socket }) => socket.end(), ({ socket }) => socket.end("HTTP/1.1 2")],
    },
    {
      when: "the answer breaks off",
      gives: "unknown",
      acts: [
        ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length + 100}\r\n\r\n${body}`),
        ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n`),
        ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${half + 1}\r\n\r\n${body.slice(0, half)}`),
      ],
    },
  ];
}

function late(): readonly Fault[] {
  return [
    {
      when: "its time is up and the gateway was silent",
      gives: "unknown",
      acts: [(_, { timeIsUp }) => timeIsUp()],
    },
    {
      when: "its time is up in the middle of the answer",
      gives: "unknown",
      acts: [
        ({ response }, { documented: { body }, timeIsUp }) => {
          onAnswerBegun(response, timeIsUp);
          response.writeHead(200, { "content-length": Buffer.byteLength(body) + 1 });
          response.write(body || " ");
        },
      ],
    },
  ];
}

/** The channels on which Node reports that a client, `fetch` or `node:http`, has the head of an answer. */
const BEGINNINGS = ["undici:request:headers", "http.client.response.finish"];

/** Acts once the client has the head of this answer and goes on to read its body. */
function onAnswerBegun(response: ServerResponse, act: () => void): void {
  const stop = () => {
    for (const channel of BEGINNINGS) unsubscribe(channel, begun);
  };
  const begun = () => {
    stop();
    // The client learns of it in the next turn.
    setImmediate(() => setImmediate(act));
  };
  for (const channel of BEGINNINGS) subscribe(channel, begun);
  response.on("close", stop);
}

/** Complete answers that do not show the outcome of the request. */
function unreadable({ body, status }: WireAnswer): readonly Fault[] {
  const isJson = /^\s*[{[]/.test(body);
  // Every letter, since an adapter need not read the first field.
  const noUtf8 = Buffer.from(body.replaceAll(/[a-z]/gi, "\u00ff"), "latin1");
  const raw = (bytes: Buffer) => (exchange: ReceivedRequest) =>
    exchange.socket.end(
      Buffer.concat([Buffer.from(`HTTP/1.1 ${status} OK\r\ncontent-length: ${bytes.length}\r\n\r\n`), bytes]),
    );
  return [
    { when: "the answer is a page of HTML", gives: "unknown", acts: [says(200, page, HTML), says(200, page)] },
    {
      when: "the answer says nothing",
      gives: "unknown",
      // If the documented answer is empty, only another status makes a difference.
      acts: body === "" ? [says(500, () => "")] : [says(200, () => ""), says(200, () => " \n"), says(204, () => "")],
    },
    {
      when: "the answer is JSON of something else",
      gives: "unknown",
      acts:
        body === ""
          ? [says(500, () => "{}")]
          : ["{}", "[]", "null", "true", "0", '"OK"', "[{}]"]
              .filter((json) => json !== body)
              .map((json) => says(200, () => json)),
    },
    {
      when: "the answer is cut, garbled or no HTTP",
      gives: "unknown",
      acts: [
        ...(isJson ? [says(200, documentedHalf), says(200, documentedTwice)] : []),
        ...(/[a-z]/i.test(body) ? [raw(noUtf8)] : []),
        ({ socket }) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"),
      ],
    },
    {
      when: "the answer is longer than any answer",
      gives: "unknown",
      acts: [says(200, (...both) => documentedBody(...both) + " ".repeat(ANSWER_LIMIT_BYTES + 1))],
    },
    {
      when: "the gateway answers 5xx, 408 or 409 and no code of its own",
      gives: "unknown",
      acts: [
        says(500, echo),
        says(500, documentedBody),
        says(502, page, HTML),
        says(503, echo, { "retry-after": "0" }),
        says(504, () => ""),
        says(408, echo, { "retry-after": "0" }),
        says(409, echo),
        says(409, () => ""),
      ],
    },
    {
      when: "the gateway redirects",
      gives: "unknown",
      acts: [301, 302, 303, 307, 308].map((code) =>
        // Some gateways document one of them for a request that they accepted; only its body shows that.
        says(code, code === status ? page : documentedBody, { location: "/elsewhere" }),
      ),
    },
  ];
}

const documentedHalf = (_: ReceivedRequest, { documented: { body } }: Hands) =>
  body.slice(0, Math.ceil(body.length / 2));
const documentedTwice = (_: ReceivedRequest, { documented: { body } }: Hands) => body + body;

/** Refusals for good. A status that the document uses for a retryable refusal is left out. */
function refusing(retryable: readonly number[]): readonly Fault[] {
  const codes = [400, 401, 403, 404, 421, 422].filter((code) => !retryable.includes(code));
  return [
    {
      when: "the gateway answers 4xx",
      gives: "rejected",
      acts: codes.flatMap((code) => [says(code, echo), says(code, () => "")]),
    },
    {
      when: "the gateway answers 429",
      gives: "rejected, retryable",
      acts: [says(429, echo), says(429, () => "", { "retry-after": "0" })],
    },
  ];
}

/** The documented answer, sent in an unusual way. */
function sound({ body, headers, status }: WireAnswer): readonly Fault[] {
  return [
    {
      when: "the answer comes byte by byte",
      gives: "done",
      acts: [
        ({ response }) => {
          const bytes = [...Buffer.from(body)];
          response.writeHead(status, { ...headers });
          const next = (): void => {
            const byte = bytes.shift();
            if (byte === undefined) response.end();
            else response.write(Buffer.of(byte), () => setImmediate(next));
          };
          next();
        },
      ],
    },
    {
      when: "the answer is labelled as something else",
      gives: "done or unknown",
      acts: [says(status, documentedBody, HTML), says(status, documentedBody, { "content-type": "x" })],
    },
  ];
}
