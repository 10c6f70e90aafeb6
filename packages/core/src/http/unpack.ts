/** The encodings of a body, with the functions of node:zlib that unpack them. */
const UNPACKERS = new Map([
  ["gzip", "gunzip"],
  ["x-gzip", "gunzip"],
  ["deflate", "inflate"],
  ["br", "brotliDecompress"],
] as const);

/** The encodings that `unpack` knows, as the header `accept-encoding` names them. */
export const ACCEPTED = "gzip, deflate, br";

/** Unpacks a compressed body, no further than to the limit in bytes. */
export async function unpack(
  body: Uint8Array,
  encoding: string,
  limit: number,
): Promise<Uint8Array | "too large" | "unknown encoding" | "not packed so"> {
  const unpacker = UNPACKERS.get(encoding.trim().toLowerCase() as "gzip");
  if (unpacker === undefined) return "unknown encoding";
  const zlib = await import("node:zlib");
  const run = zlib[unpacker] as typeof zlib.gunzip;
  return new Promise((resolve) => {
    run(body, { maxOutputLength: limit }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else if ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") resolve("too large");
      else resolve("not packed so");
    });
  });
}
