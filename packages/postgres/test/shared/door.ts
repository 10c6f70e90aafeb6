import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type EmbeddedServer, startEmbedded } from "../embedded.ts";

/** Name of the variable with the address at which test files ask for the server of the run. */
export const SHARED_POSTGRES = "PAY_TEST_SHARED_POSTGRES";

let server: Promise<EmbeddedServer> | undefined;
let door: Server | undefined;

/** One PostgreSQL for all test files of a run. It starts when the first of them asks for its URL. */
export async function open(): Promise<void> {
  door = createServer(async (_, response) => {
    server ??= startEmbedded();
    const { url } = await server;
    // A test file asks once.
    response.setHeader("connection", "close").end(url);
  }).listen(0, "127.0.0.1");
  await once(door, "listening");
  process.env[SHARED_POSTGRES] = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
}

export async function close(): Promise<void> {
  door?.close();
  door?.closeAllConnections();
  await (await server)?.stop();
}
