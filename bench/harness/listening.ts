import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts the server on a free port of this machine. `close` stops it, and then the rest. */
export async function listening(server: Server, close: () => unknown = () => {}) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await close();
    },
  };
}
