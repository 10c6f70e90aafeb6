import { createServer } from "node:http";
import { listening } from "../harness/listening.ts";

/** The upper bound: Node's HTTP, which reads a whole request and answers `OK`. */
export default async function serve() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "content-length": 2 }).end("OK");
    });
  });
  return listening(server);
}
