import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { BlockList, isIP, isIPv4, type Socket, SocketAddress } from "node:net";

/** How many connections a server keeps. */
export interface ConnectionLimits {
  /** In all, those whose TLS handshake has not ended included. */
  readonly maxConnections: number;
  /** From one public address. */
  readonly maxConnectionsPerAddress: number;
}

/** What tests replace. */
export interface ConnectionSources {
  /** Milliseconds from any moment, never backwards. */
  readonly now: () => number;
  /** The client behind a peer address; `undefined` for a peer whose connections are not counted. */
  readonly clientOf: (address: string) => string | undefined;
}

const SYSTEM: ConnectionSources = { now: () => performance.now(), clientOf: clientAt };

interface Connection {
  readonly socket: Socket;
  readonly ofClient: Set<Connection> | undefined;
  /** When it was opened, or when its last request was answered. */
  waitsSince: number;
  /** The answer to its last request, until the client took it. */
  outgoing?: ServerResponse<IncomingMessage> | undefined;
}

/** A younger connection may have sent its request already: the bytes wait in the system for this process to read them. */
const YOUNG_MS = 1_000;

/**
 * Makes room near a limit: closes the connection that has waited longest without a whole request, or has not taken its answer. It never closes one whose request is
 * being handled, and refuses a newcomer only if there are twice as many as the limit and all of them are being handled. Refusing newcomers
 * at the limit, as `server.maxConnections` does, is what an attacker with enough slow connections wants.
 *
 * @param report is called for each connection that it closes
 */
export function limitConnections(
  server: Server,
  { maxConnections, maxConnectionsPerAddress }: ConnectionLimits,
  report: () => void,
  { clientOf, now }: ConnectionSources = SYSTEM,
): void {
  /** Sets keep their order: the connection that waits longest stands first. */
  const all = new Set<Connection>();
  const byClient = new Map<string, Set<Connection>>();
  const bySocket = new WeakMap<object, Connection>();
  /** Those of a server with TLS whose handshake has not ended, by the peer's address and port. */
  const greeting = new Map<string, Connection>();
  const hasTls = "setSecureContext" in server;
  let minded = false;

  function open(socket: Socket): void {
    const client = clientOf(socket.remoteAddress ?? "");
    const ofClient = client === undefined ? undefined : (byClient.get(client) ?? new Set());
    const connection: Connection = { socket, ofClient, waitsSince: now() };
    if (client !== undefined && ofClient !== undefined) byClient.set(client, ofClient);
    bySocket.set(socket, connection);
    enqueue(connection);
    const peer = peerOf(socket);
    if (hasTls) greeting.set(peer, connection);
    socket.once("close", () => {
      forget(socket);
      if (greeting.get(peer) === connection) greeting.delete(peer);
      if (client !== undefined && ofClient?.size === 0 && byClient.get(client) === ofClient) byClient.delete(client);
    });
    if (ofClient !== undefined) makeRoom(ofClient, maxConnectionsPerAddress);
    makeRoom(all, maxConnections);
    mindUpgrades();
  }

  /** After a handshake, requests come on the socket that it made. */
  function greeted(socket: Socket): void {
    const connection = greeting.get(peerOf(socket));
    if (connection === undefined) return;
    greeting.delete(peerOf(socket));
    bySocket.set(socket, connection);
    connection.waitsSince = now();
    enqueue(connection);
  }

  function enqueue(connection: Connection): void {
    for (const queue of [all, connection.ofClient]) {
      queue?.delete(connection);
      queue?.add(connection);
    }
  }

  function forget(socket: object): void {
    const connection = bySocket.get(socket);
    if (connection === undefined) return;
    bySocket.delete(socket);
    for (const queue of [all, connection.ofClient]) queue?.delete(connection);
  }

  function makeRoom(queue: Set<Connection>, limit: number): void {
    const at = now();
    for (const connection of queue) {
      if (queue.size <= limit) return;
      // All that follow in the queue are younger still.
      if (at - connection.waitsSince < YOUNG_MS && queue.size <= 2 * limit) return;
      if (isBeingHandled(connection)) continue;
      forget(connection.socket);
      connection.socket.destroy();
      report();
    }
  }

  function handle(incoming: IncomingMessage, outgoing: ServerResponse<IncomingMessage>): void {
    const connection = bySocket.get(incoming.socket);
    if (connection === undefined) return;
    connection.outgoing = outgoing;
    outgoing.once("close", () => {
      // The next request of the connection may have come before this answer.
      if (connection.outgoing !== outgoing || !bySocket.has(connection.socket)) return;
      connection.outgoing = undefined;
      connection.waitsSince = now();
      enqueue(connection);
    });
  }

  /** A WebSocket is no connection that waits for a request. A listener of ours alone would have Node drop upgrades. */
  function mindUpgrades(): void {
    if (minded || server.listenerCount("upgrade") + server.listenerCount("connect") === 0) return;
    minded = true;
    for (const event of ["upgrade", "connect"] as const) {
      if (server.listenerCount(event) > 0) server.prependListener(event, ({ socket }) => forget(socket));
    }
  }

  // With TLS as well: Node gives a client two minutes for the handshake, and any number of clients.
  server.on("connection", open);
  if (hasTls) server.on("secureConnection", greeted);
  server.on("request", handle);
}

/** Names a connection to one server while it is open. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** A client that does not take an answer that is made would otherwise keep its place for ever. */
function isBeingHandled({ outgoing }: Connection): boolean {
  return outgoing?.req.complete === true && !outgoing.writableEnded;
}

/** Networks in which a peer is a proxy of the shop's own, which brings the requests of everybody. */
const OWN_NETWORKS = new BlockList();
for (const network of "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 100.64.0.0/10".split(" ")) {
  const [address = "", prefix] = network.split("/");
  OWN_NETWORKS.addSubnet(address, Number(prefix), "ipv4");
}
OWN_NETWORKS.addAddress("::1", "ipv6");
OWN_NETWORKS.addSubnet("fc00::", 7, "ipv6");
OWN_NETWORKS.addSubnet("fe80::", 10, "ipv6");

/** The client at a public address. One customer of an IPv6 network has all addresses of a /64. */
export function clientAt(peer: string): string | undefined {
  if (isIP(peer) === 0) return undefined;
  const address = spellingOf(peer);
  if (OWN_NETWORKS.check(address, isIPv4(address) ? "ipv4" : "ipv6")) return undefined;
  return isIPv4(address) ? address : groupsOf(address).slice(0, 4).join(":");
}

/** The one spelling of an address, without its zone. A client of IPv4 on a socket for both versions has its own address. */
function spellingOf(peer: string): string {
  if (isIPv4(peer)) return peer;
  const [address = ""] = peer.split("%", 1);
  return new SocketAddress({ address, family: "ipv6" }).address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** @param address in its one spelling, which writes the last two groups as IPv4 only after 96 bits of zeros */
function groupsOf(address: string): readonly string[] {
  const [start = [], end = []] = address.split("::").map((groups) => (groups === "" ? [] : groups.split(":")));
  return [...start, ...Array.from({ length: 8 - start.length - end.length }, () => "0"), ...end];
}
