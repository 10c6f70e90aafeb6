import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Node's own answers to what it cannot read as a request, by the code of the error. */
const ANSWERS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** Milliseconds for which the unread rest of a refused request may arrive before its connection closes. */
export const DRAIN_TIMEOUT_MS = 500;

/**
 * Answers and reports what Node refuses before any listener gets a request: an address with a raw letter, too large a head. The answers are
 * Node's, but this reads on for a moment: Node closes the connection at once, which resets it while a proxy still sends the body, and the
 * proxy takes the server for dead.
 *
 * @param report gets the status. It does not get connections that broke off or were too slow: they brought no request
 */
export function answerUnreadable(server: Server, report: (status: number) => void): void {
  const answers = new WeakMap<Socket, ServerResponse>();
  const refused = new WeakSet<Socket>();
  server.on("request", ({ socket }: IncomingMessage, outgoing: ServerResponse) => void answers.set(socket, outgoing));
  server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, socket: Socket) => {
    // Its end is an error too.
    if (refused.has(socket)) return;
    refused.add(socket);
    const answer = ANSWERS[code] ?? "400 Bad Request";
    // The one code is a connection that broke off.
    if (code.startsWith("HPE_") && code !== "HPE_INVALID_EOF_STATE") report(Number.parseInt(answer, 10));
    const last = answers.get(socket);
    const isAnswering = last?.headersSent === true && !last.writableFinished;
    if (!socket.writable || isAnswering) return void socket.destroy();
    // The parser takes no more of it.
    socket.removeAllListeners("data").on("data", () => {});
    socket.end(`HTTP/1.1 ${answer}\r\nConnection: close\r\n\r\n`);
    setTimeout(() => socket.destroy(), DRAIN_TIMEOUT_MS).unref();
  });
}
