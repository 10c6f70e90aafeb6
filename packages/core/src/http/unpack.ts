import type { RawResponse } from "../contract/raw-http.ts";
import { plain } from "./responses.ts";

/** The encodings of a body, with the functions of node:zlib that unpack them. */
const UNPACKERS = new Map([
  ["gzip", "gunzip"],
  ["x-gzip", "gunzip"],
  ["deflate", "inflate"],
  ["br", "brotliDecompress"],
] as const);

/** Unpacks a compressed body, no further than to the limit in bytes. */
export async function unpack(body: Uint8Array, encoding: string, limit: number): Promise<Uint8Array | RawResponse> {
  const unpacker = UNPACKERS.get(encoding.trim().toLowerCase() as "gzip");
  if (unpacker === undefined) {
    return plain(415, "The body's content-encoding is unknown", { "accept-encoding": "gzip, deflate, br" });
  }
  const zlib = await import("node:zlib");
  const run = zlib[unpacker] as typeof zlib.gunzip;
  return new Promise((resolve) => {
    run(body, { maxOutputLength: limit }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else if ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") resolve(plain(413, "Body too large"));
      else resolve(plain(400, "The body is not packed as its content-encoding says"));
    });
  });
}
