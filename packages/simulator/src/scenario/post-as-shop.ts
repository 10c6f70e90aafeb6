import type { CallbackRequest } from "../engine/model.ts";

/** A shop's POST to a gateway. */
export function postAsShop(url: string, contentType: string, body: string): CallbackRequest {
  const headers = {
    host: new URL(url).host,
    accept: "application/json",
    "content-type": contentType,
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "pay-simulator (scenario)",
    connection: "close",
  };
  return { method: "POST", url, headers, body };
}
