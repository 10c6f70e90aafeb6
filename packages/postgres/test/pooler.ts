import { once } from "node:events";
import { createServer, Socket } from "node:net";
import pg from "pg";
import { createFrames, type Frame, isRequest, sqlOf } from "./frames.ts";

/**
 * A pooler in transaction mode, as PgBouncer is one with `pool_mode=transaction`: a client has a server connection for a
 * transaction only, and the next one gets another where it can. What a session would remember is lost on the way or
 * comes to somebody else: named statements, settings, session locks, LISTEN.
 */
export interface Pooler {
  /** The server's, with the pooler's port. Clients are let in whatever password they give. */
  readonly url: string;
  /** What clients sent, in order. */
  readonly sent: readonly Sent[];
  /** Clients there are now. */
  clients(): number;
  close(): Promise<void>;
}

export interface Sent {
  readonly client: number;
  /** The server connection that got it. */
  readonly server: number;
  /** Letter of the message. */
  readonly type: string;
  readonly sql?: string;
}

interface Link {
  readonly number: number;
  readonly socket: Socket;
  /** What its server said once the password was right, for clients that come. */
  readonly greeting: Buffer;
  client: Client | undefined;
}

interface Client {
  readonly number: number;
  readonly socket: Socket;
  link: Link | undefined;
  /** Answers that are still to come. */
  outstanding: number;
  /** Has sent a part of what a Sync will end. */
  unsynced: boolean;
  readonly waiting: Frame[];
}

/** @param connections to the server, at most */
export async function startPooler(url: string, connections = 4): Promise<Pooler> {
  const sent: Sent[] = [];
  const clients = new Set<Client>();
  /** The one that has rested longest is the next. */
  const idle: Link[] = [];
  const queue: Client[] = [];
  const links = new Set<Link>();
  let numbers = 0;
  let greeting: Buffer;
  let closing = false;

  function pass(client: Client, frame: Frame): void {
    const { link } = client;
    if (link === undefined) {
      if (client.waiting.push(frame) === 1) queue.push(client);
      assign();
      return;
    }
    const sql = sqlOf(frame);
    sent.push({ client: client.number, server: link.number, type: frame.type, ...(sql !== undefined && { sql }) });
    const ends = "QSF".includes(frame.type);
    if (ends) client.outstanding++;
    client.unsynced = "PBDECH".includes(frame.type) || (client.unsynced && !ends);
    link.socket.write(frame.bytes);
  }

  function assign(): void {
    while (idle.length > 0 && queue.length > 0) {
      const [client, link] = [queue.shift()!, idle.shift()!];
      client.link = link;
      link.client = client;
      for (const frame of client.waiting.splice(0)) pass(client, frame);
    }
  }

  function answer(link: Link, frame: Frame): void {
    const { client } = link;
    // The client of this answer has left.
    if (client === undefined) return;
    client.socket.write(frame.bytes);
    if (frame.type !== "Z") return;
    client.outstanding--;
    if (frame.body.toString() !== "I" || client.outstanding > 0 || client.unsynced) return;
    part(client);
    idle.push(link);
    assign();
  }

  function part(client: Client): void {
    if (client.link !== undefined) client.link.client = undefined;
    client.link = undefined;
  }

  async function connect(): Promise<void> {
    const link = await openLink(url, ++numbers);
    if (closing) {
      link.socket.destroy();
      return;
    }
    greeting = link.greeting;
    links.add(link);
    const frames = createFrames(false);
    link.socket.on("data", (chunk: Buffer) => {
      for (const frame of frames(chunk)) answer(link, frame);
    });
    link.socket.on("close", () => {
      links.delete(link);
      if (idle.includes(link)) idle.splice(idle.indexOf(link), 1);
      link.client?.socket.destroy();
      if (!closing) connect().catch(() => {});
    });
    idle.push(link);
    assign();
  }

  function welcome(socket: Socket): void {
    const number = ++numbers;
    const client: Client = { number, socket, link: undefined, outstanding: 0, unsynced: false, waiting: [] };
    clients.add(client);
    const frames = createFrames(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      for (const frame of frames(chunk)) {
        if (isRequest(frame)) socket.write("N");
        else if (frame.type === "") socket.write(greeting);
        else if (frame.type === "X") socket.end();
        else pass(client, frame);
      }
    });
    socket.on("close", () => {
      clients.delete(client);
      if (queue.includes(client)) queue.splice(queue.indexOf(client), 1);
      const { link } = client;
      part(client);
      // In the middle of something, which the server rolls back.
      link?.socket.destroy();
    });
  }

  await Promise.all(Array.from({ length: connections }, connect));
  const server = createServer({ noDelay: true }, welcome).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: Object.assign(new URL(url), { port: String(port) }).href,
    sent,
    clients: () => clients.size,
    async close() {
      closing = true;
      server.close();
      for (const { socket } of clients) socket.destroy();
      for (const { socket } of links) socket.end(TERMINATE);
      await Promise.all([...links].map(({ socket }) => once(socket, "close")));
    },
  };
}

const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
const AUTHENTICATION_OK = 0;

/** Has pg say who we are, and goes on with the bare connection. */
async function openLink(url: string, number: number): Promise<Link> {
  const socket = new Socket();
  const frames = createFrames(false);
  const greeting: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => {
    for (const frame of frames(chunk)) {
      const first = frame.type === "R" && frame.body.readInt32BE(0) === AUTHENTICATION_OK;
      if (first || greeting.length > 0) greeting.push(frame.bytes);
    }
  });
  const client = new pg.Client({ connectionString: url, stream: () => socket });
  client.on("error", () => {});
  await client.connect();
  socket.removeAllListeners("data");
  return { number, socket, greeting: Buffer.concat(greeting), client: undefined };
}
