/** A request as a gateway, or an attacker, sends it. */
export function post(url: string, body: unknown = {}, init: RequestInit = {}): Request {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return new Request(url, { method: "POST", body: text as string, ...init });
}

/** A request whose body arrives in parts that the test sends. */
export function streamed(url: string, headers: Record<string, string> = {}) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let canceled = false;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel() {
      canceled = true;
    },
  });
  return {
    request: new Request(url, { method: "POST", body, headers, duplex: "half" } as RequestInit),
    send: (bytes: number | Uint8Array) => controller.enqueue(typeof bytes === "number" ? new Uint8Array(bytes) : bytes),
    end: () => controller.close(),
    breakOff: () => controller.error(new Error("the connection was reset")),
    isCanceled: () => canceled,
  };
}

/** A whole response as text, to compare. */
export async function wholeOf(response: Response): Promise<string> {
  return JSON.stringify([response.status, [...response.headers], await response.text()]);
}
