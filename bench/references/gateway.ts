import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { listening } from "../harness/listening.ts";

/** A gateway that accepts every create at once, as in Sellly's documentation. */
export default async function serve() {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const id = randomBytes(10).toString("hex");
      const body = `{"status":200,"id":"${id}","redirect_url":"https://pay.cashbill.pl/pl/payment/${id}","message":"Redirecting"}`;
      response
        .writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
        .end(body);
    });
  });
  return listening(server);
}
