import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** A payment that a gateway was asked to create. */
export interface Asked {
  readonly gateway: "psc" | "cards";
  readonly providerReference: string;
  /** Where the buyer pays. */
  readonly page: string;
  /** For GOSetti.pl, which receives no order, the path of the callback. */
  readonly orderId: string;
  /** The callback that reports whether it is paid, for a process of the shop on this port. */
  readonly callback: (paid: boolean, port: number) => readonly [url: string, init: RequestInit];
}

/** A notification that the gateway sends until it is acknowledged. */
export interface Notice extends Asked {
  readonly paid: boolean;
  acknowledged: boolean;
  sent: number;
}

export interface Gateway {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** All notifications, sent and waiting. */
  readonly notices: readonly Notice[];
  /** Answers no create until the returned function is called. */
  hold(): () => void;
  /** The number of notifications without an acknowledgement. */
  unacknowledged(): number;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly random: () => number;
  readonly selllySecret: string;
  /** Ports of the shop's running processes; empty if none runs. */
  readonly ports: () => readonly number[];
  /** The notifications about the next payment. @default one, or two that contradict each other, in any order */
  readonly words?: () => readonly boolean[];
  /** Called when a create was read. */
  readonly onAsked?: () => void;
  /** Called with every answer to a notification, and its time in milliseconds. */
  readonly onAnswer?: (answer: Answer, durationMs: number) => void;
}

/** Time between the redeliveries of a notification. */
const REDELIVERY_MS = 40;
/** How long a gateway waits for an answer before it sends again. */
const TIMEOUT_MS = 4000;
/** How long a test waits for an answer. */
const PATIENCE_MS = 60_000;
const WORDS = [[true], [true], [true], [false], [true, false], [false, true]];

/** Both gateways, in a process that is never killed. They send, repeat, reorder and contradict until they are acknowledged. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { random, selllySecret, ports, words = () => pick(WORDS), onAsked = () => {}, onAnswer = () => {} } = options;
  const known: Asked[] = [];
  const notices: Notice[] = [];
  const sending = new Set<Promise<void>>();
  let closed = false;
  let held: Promise<void> | undefined;
  let providerReferences = 0;
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

  function track(work: Promise<void>): void {
    sending.add(work);
    work.finally(() => sending.delete(work));
  }

  /** Sends until it is acknowledged, and sometimes once more. */
  async function send(notice: Notice): Promise<void> {
    while (!closed && (!notice.acknowledged || (notice.sent < 3 && chance(0.3)))) {
      const alive = ports();
      if (alive.length > 0) {
        notice.sent++;
        const start = performance.now();
        const answer = await sendCallback(notice, notice.paid, pick(alive), TIMEOUT_MS);
        if (answer === "acknowledged") notice.acknowledged = true;
        onAnswer(answer, performance.now() - start);
      }
      await wait(random() * REDELIVERY_MS);
    }
  }

  function open(asked: Asked): void {
    known.push(asked);
    onAsked();
    for (const paid of words()) {
      const notice: Notice = { ...asked, paid, acknowledged: false, sent: 0 };
      notices.push(notice);
      const delay = random() * 60;
      track(wait(delay).then(() => send(notice)));
    }
  }

  function gosetti(body: string): object {
    const { CallbackUrl, ClientIp: _ } = JSON.parse(body) as { CallbackUrl: string; ClientIp: string };
    const providerReference = `PSC-${++providerReferences}`;
    const path = new URL(CallbackUrl).pathname;
    open({
      gateway: "psc",
      providerReference,
      page: pageOf(providerReference),
      orderId: path,
      callback: (paid, port) => [
        `http://127.0.0.1:${port}${path}`,
        { method: "POST", body: JSON.stringify({ PaySafeCardTransactionId: providerReference, Finished: paid }) },
      ],
    });
    return { PaySafeCardTransactionId: providerReference, RedirectUrl: pageOf(providerReference) };
  }

  function selllyPay(body: string): object {
    const providerReference = `S-${++providerReferences}`;
    const orderId = new URLSearchParams(body).get("buyer_email")?.split("@")[0] ?? "";
    const notification = {
      secret_key: selllySecret,
      id: providerReference,
      operator: "cashbill",
      email: `${orderId}@shop.example`,
    };
    open({
      gateway: "cards",
      providerReference,
      page: pageOf(providerReference),
      orderId,
      callback(paid, port) {
        const query = new URLSearchParams({ ...notification, status: paid ? "OK" : "ERR" });
        return [`http://127.0.0.1:${port}/pay/callbacks/cards?${query}`, { method: "GET" }];
      },
    });
    return { status: 200, id: providerReference, redirect_url: pageOf(providerReference), message: "ok" };
  }

  async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (chance(0.05)) return void response.destroy();
    const answer = request.url?.startsWith("/gosetti") ? gosetti(body) : selllyPay(body);
    await held;
    // The notifications above may arrive before this answer; some answers never arrive.
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
    asked: known,
    notices,
    hold() {
      const released = Promise.withResolvers<void>();
      held = released.promise;
      return () => {
        held = undefined;
        released.resolve();
      };
    },
    unacknowledged: () => notices.filter(({ acknowledged }) => !acknowledged).length,
    async close() {
      closed = true;
      await Promise.all(sending);
      server.close();
      server.closeAllConnections();
    },
  };
}

function pageOf(providerReference: string): string {
  return `https://gateway.example/${providerReference}`;
}

/**
 * Classifies the shop's answer, or its absence, as each gateway does: GOSetti.pl expects the buyer's return address, Sellly the text `OK`.
 */
export type Answer = "acknowledged" | "none" | number;

/** Sends a callback to the shop's process on a port, which reports whether a payment is paid. */
export async function sendCallback(
  { callback, gateway }: Asked,
  paid: boolean,
  port: number,
  timeoutMs: number = PATIENCE_MS,
): Promise<Answer> {
  const [url, init] = callback(paid, port);
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    const body = await response.text();
    if (response.status !== 200) return response.status;
    const acknowledged = gateway === "cards" ? body === "OK" : typeof JSON.parse(body).RedirectUrl === "string";
    return acknowledged ? "acknowledged" : response.status;
  } catch {
    return "none";
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
