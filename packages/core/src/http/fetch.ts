import type { HandleRequest, RawRequest } from "../contract/raw-http.ts";

/** `pay.fetch`: the handler for servers and frameworks that speak Fetch. */
export function createFetch(handle: HandleRequest): (request: Request) => Promise<Response> {
  return async (request) => {
    const readBody: RawRequest["readBody"] = (limit, signal) => readStream(request, limit, signal);
    const { method, url } = request;
    const { body, headers, status } = await handle({ method, url, headers: request.headers, readBody });
    // Some statuses, such as 204, allow not even an empty body.
    return new Response(body === "" ? null : body, { status, headers });
  };
}

function readStream(
  { body, bodyUsed, headers }: Request,
  limit: number,
  signal: AbortSignal,
): ReturnType<RawRequest["readBody"]> {
  if (Number(headers.get("content-length") ?? 0) > limit) return Promise.resolve("too large");
  if (bodyUsed || body?.locked) return Promise.resolve("already read");
  if (body === null) return Promise.resolve(new Uint8Array());
  return readAll(body.getReader(), limit, signal);
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | "too large"> {
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = await reader.read();
      // A canceled stream looks as if it had ended.
      signal.throwIfAborted();
      if (next.done) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      size += next.value.byteLength;
      if (size > limit) return "too large";
      chunks.push(next.value);
    }
  } finally {
    cancel();
  }
}
