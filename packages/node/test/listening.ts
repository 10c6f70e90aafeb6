import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Listening {
  /** Without a final slash. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Has a server listen on a free port of this machine. */
export async function listening(server: Server): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
