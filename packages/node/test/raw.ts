import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** Sends bytes as they are, and resolves with everything that came back until the server hung up. */
export async function raw(port: number, request: string | Uint8Array): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  try {
    return await text(socket);
  } finally {
    socket.destroy();
  }
}

/** The status of each answer in what `raw` gave. */
export function statuses(answers: string): readonly number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
