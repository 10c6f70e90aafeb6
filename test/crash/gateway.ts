import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** A notification the gateway has to get rid of, and whether it did. */
export interface Notice {
  readonly gateway: "psc" | "cards";
  readonly ref: string;
  /** Where the buyer pays. */
  readonly page: string;
  readonly orderId: string;
  readonly paid: boolean;
  acknowledged: boolean;
  sent: number;
}

export interface Gateway {
  readonly url: string;
  /** Everything the shop was told or is to be told. */
  readonly notices: readonly Notice[];
  /** How many notices wait for their acknowledgement. */
  unacknowledged(): number;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly random: () => number;
  readonly selllySecret: string;
  /** Ports of the shop's processes that are alive, or none. */
  readonly ports: () => readonly number[];
}

/** Milliseconds between the redeliveries of a notice. */
const REDELIVERY = 40;
const TIMEOUT = 4000;

/** Both gateways, outside of every process that dies. They send, repeat, reorder and contradict, until they are acknowledged. */
export async function startGateway({ random, selllySecret, ports }: GatewayOptions): Promise<Gateway> {
  const notices: Notice[] = [];
  const sending = new Set<Promise<void>>();
  let closed = false;
  let refs = 0;
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

  function track(work: Promise<void>): void {
    sending.add(work);
    work.finally(() => sending.delete(work));
  }

  /** Sends until it is acknowledged, and sometimes once more. */
  async function send(notice: Notice, address: (port: number) => [string, RequestInit]): Promise<void> {
    while (!closed && (!notice.acknowledged || (notice.sent < 3 && chance(0.3)))) {
      const alive = ports();
      if (alive.length > 0) {
        notice.sent++;
        if (await isAcknowledged(notice.gateway, ...address(pick(alive)))) notice.acknowledged = true;
      }
      await wait(random() * REDELIVERY);
    }
  }

  /** What becomes of a payment: one word, or two that contradict each other, in any order. */
  function notify(
    gateway: Notice["gateway"],
    orderId: string,
    ref: string,
    address: (paid: boolean, port: number) => [string, RequestInit],
  ) {
    const words = pick([[true], [true], [true], [false], [true, false], [false, true]]);
    for (const paid of words) {
      const notice: Notice = { gateway, ref, page: pageOf(ref), orderId, paid, acknowledged: false, sent: 0 };
      notices.push(notice);
      const delay = random() * 60;
      track(wait(delay).then(() => send(notice, (port) => address(paid, port))));
    }
  }

  function gosetti(body: string): object {
    const { CallbackUrl, ClientIp: _ } = JSON.parse(body) as { CallbackUrl: string; ClientIp: string };
    const ref = `PSC-${++refs}`;
    const path = new URL(CallbackUrl).pathname;
    notify("psc", path, ref, (paid, port) => [
      `http://127.0.0.1:${port}${path}`,
      { method: "POST", body: JSON.stringify({ PaySafeCardTransactionId: ref, Finished: paid }) },
    ]);
    return { PaySafeCardTransactionId: ref, RedirectUrl: pageOf(ref) };
  }

  function selllyPay(body: string): object {
    const ref = `S-${++refs}`;
    const orderId = new URLSearchParams(body).get("buyer_email")?.split("@")[0] ?? "";
    notify("cards", orderId, ref, (paid, port) => {
      const query = new URLSearchParams({
        secret_key: selllySecret,
        id: ref,
        operator: "cashbill",
        email: `${orderId}@shop.example`,
        status: paid ? "OK" : "ERR",
      });
      return [`http://127.0.0.1:${port}/pay/callbacks/cards?${query}`, { method: "GET" }];
    });
    return { status: 200, id: ref, redirect_url: pageOf(ref), message: "ok" };
  }

  async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (chance(0.05)) return void response.destroy();
    const answer = request.url?.startsWith("/gosetti") ? gosetti(body) : selllyPay(body);
    // What was said above may arrive before this answer; some answers never come.
    if (chance(0.3)) await wait(random() * 100);
    if (chance(0.05)) return void response.destroy();
    if (chance(0.03)) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  }

  const server = createServer((request, response) => void create(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    notices,
    unacknowledged: () => notices.filter(({ acknowledged }) => !acknowledged).length,
    async close() {
      closed = true;
      await Promise.all(sending);
      server.close();
      server.closeAllConnections();
    },
  };
}

function pageOf(ref: string): string {
  return `https://gateway.example/${ref}`;
}

/** As each gateway reads it: GOSetti.pl wants the buyer's return address, Sellly the text `OK`. */
async function isAcknowledged(gateway: Notice["gateway"], url: string, init: RequestInit): Promise<boolean> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
    const body = await response.text();
    if (response.status !== 200) return false;
    return gateway === "cards" ? body === "OK" : typeof JSON.parse(body).RedirectUrl === "string";
  } catch {
    return false;
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
