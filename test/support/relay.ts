import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A relay between a PostgreSQL and its clients. */
export interface Relay {
  /** The database's address through the relay. */
  readonly url: string;
  /** Silences all connections, without closing them. A new relay answers at the address. */
  vanish(): void;
  close(): Promise<void>;
}

export async function startRelay(database: string): Promise<Relay> {
  const clients = new Map<Socket, Socket>();
  const lost = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(new URL(database).port), "127.0.0.1");
    clients.set(client, upstream);
    client.pipe(upstream).pipe(client);
    client
      .on("error", () => {})
      .on("close", () => {
        clients.delete(client);
        upstream.destroy();
      });
    upstream
      .on("error", () => {})
      .on("close", () => {
        if (clients.get(client) === upstream) client.destroy();
      });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(database), { port: String(port) }).href,
    vanish() {
      for (const [client, upstream] of clients) {
        clients.delete(client);
        client.unpipe().resume();
        upstream.unpipe().destroy();
        lost.add(client);
      }
    },
    async close() {
      server.close();
      for (const client of [...clients.keys(), ...lost]) client.destroy();
      await once(server, "close");
    },
  };
}
