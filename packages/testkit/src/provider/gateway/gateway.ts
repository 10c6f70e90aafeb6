import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";

/** One request to the gateway, which a test answers or breaks off. */
export interface ReceivedRequest {
  readonly request: WireRequest;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** A gateway on this machine. */
export interface Gateway {
  readonly baseUrl: string;
  /** Requests that reached it, in order, without those before the one that counts. */
  readonly requests: readonly WireRequest[];
  /** All requests, in order. */
  readonly all: readonly WireRequest[];
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** See `ProviderFixtures.before`. `silent` leaves the request without an answer. */
  readonly before?: ((request: WireRequest) => WireAnswer | "silent" | undefined) | undefined;
  /** Serves a request once its head is there, before its body is read. */
  readonly unread?: boolean | undefined;
}

async function openGateway(
  serve: (exchange: ReceivedRequest) => void,
  { before, unread = false }: GatewayOptions = {},
): Promise<Gateway> {
  const requests: WireRequest[] = [];
  const all: WireRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const head = { ...headOf(incoming), body: "" };
    // The address shows a request that comes before; a test that resets the connection needs no body.
    const read = unread && before?.(head) === undefined ? head : { ...head, body: await bodyOf(incoming) };
    all.push(read);
    const answer = before?.(read);
    if (answer === "silent") return;
    if (answer !== undefined) return reply(response, answer);
    requests.push(read);
    serve({ request: read, response, socket: incoming.socket });
  });
  server.on("connection", (socket) => socket.on("error", () => {}));
  server.on("clientError", (_, socket) => socket.destroy());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    all,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Runs with a gateway, and closes it afterwards, also after an error. */
export async function withGateway<T>(
  serve: (exchange: ReceivedRequest) => void,
  options: GatewayOptions,
  run: (gateway: Gateway) => Promise<T>,
): Promise<T> {
  const gateway = await openGateway(serve, options);
  try {
    return await run(gateway);
  } finally {
    await gateway.close();
  }
}

export function reply(response: ServerResponse, { status, headers = {}, body }: WireAnswer): void {
  const length = status === 204 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...length, ...headers }).end(body);
}

function headOf({ headers, method = "", url = "" }: IncomingMessage): Omit<WireRequest, "body"> {
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { method, target: url, headers: Object.fromEntries(texts) };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    // The client went away; the test looks at the outcome.
  }
  return Buffer.concat(chunks).toString();
}
