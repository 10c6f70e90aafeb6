import { connect } from "node:net";
import type { LoadReport, LoadRequest, Target } from "./load.ts";

// Node's own client and autocannon take more CPU per request than the barest server per answer, so on two cores they would
// measure the client. This client writes prepared bytes, and reads no more of an answer than necessary.

process.once("message", async (request: LoadRequest) => {
  process.send?.(await run(request), () => process.disconnect());
});

async function run({ connections, expect, port, stayAwake = false, targets }: LoadRequest): Promise<LoadReport> {
  const requests = targets.map(encode);
  const latencies = new Float64Array(requests.length);
  let next = 0;
  let accepted = 0;
  const refused = new Map<string, number>();
  const started = performance.now();

  const client = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.setNoDelay(true);
      let at = -1;
      let sentAt = 0;
      let received = "";
      const send = () => {
        at = next++;
        if (at >= requests.length) return socket.end(resolve);
        sentAt = performance.now();
        socket.write(requests[at]!);
      };
      socket.on("connect", send);
      socket.on("error", reject);
      socket.on("close", () =>
        at < requests.length ? reject(new Error("The server closed a connection.")) : resolve(),
      );
      socket.on("data", (chunk) => {
        received += chunk.toString("latin1");
        const answer = answerIn(received);
        if (answer === undefined) return;
        received = "";
        latencies[at] = performance.now() - sentAt;
        if (answer.startsWith(expect)) accepted += 1;
        else refused.set(answer.slice(0, 80), (refused.get(answer.slice(0, 80)) ?? 0) + 1);
        send();
      });
    });

  // Waking a sleeping client costs the server time, and a slow server more than a fast one,
  // whose client never sleeps. But a client that stays awake keeps the kernel from the disk.
  let isDone = !stayAwake;
  const again = () => void (isDone || setImmediate(again));
  again();
  await Promise.all(Array.from({ length: connections }, client));
  isDone = true;
  const seconds = (performance.now() - started) / 1000;
  const sorted = latencies.sort();
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return {
    requests: requests.length,
    accepted,
    refused: [...refused],
    seconds,
    latency: { p50: percentile(0.5), p99: percentile(0.99), p999: percentile(0.999) },
  };
}

function encode({ body = "", headers = {}, method, path }: Target): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "host: shop.example",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === "" ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** The status line and the body of a complete answer: `HTTP/1.1 200 OK\n…`. */
function answerIn(received: string): string | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = received.slice(0, end);
  const body = received.slice(end + 4);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  const status = head.slice(9, 12);
  if (length !== undefined) return body.length < Number(length) ? undefined : `${status} ${body}`;
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return `${status} `;
  if (!body.endsWith("0\r\n\r\n")) return undefined;
  return `${status} ${body.replace(/^[0-9a-f]+\r\n/, "").replace(/\r\n0\r\n\r\n$/, "")}`;
}
