// One process of the shop, with the real adapters, store and handlers. It dies at the given point.
import { once } from "node:events";
import { flushCompileCache } from "node:module";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import {
  type Clock,
  createPay,
  isPayError,
  memoryStore,
  type PayEvent,
  type PaymentEvent,
  type PaymentStore,
} from "@pay/core";
import { goSettiPsc } from "@pay/gosetti-psc";
import { createPayServer } from "@pay/node";
import { postgresStore } from "@pay/postgres";
import { sellly } from "@pay/sellly";
import { sqliteStore } from "@pay/sqlite";
import { arm, watchMark, watchOutbound, watchPostgres, watchReply, watchSqlite } from "./armed.ts";
import type { Checkout, Command, HandlerCall, Message, Question, ShopSettings } from "./shop.ts";

// A process that is killed keeps nothing for the next one.
flushCompileCache();

const settings = JSON.parse(process.argv[2] ?? "") as ShopSettings;
const pass = arm(settings.armed);
const say = (message: Message) => process.connected && process.send?.(message);

/** A faster clock, so that a dead process's lease ends soon; the same in all processes. */
const clock: Clock = {
  now: () => Math.round(settings.epoch + (Date.now() - settings.epoch) * settings.rate + settings.ahead),
  async sleep(milliseconds, signal) {
    if (!signal?.aborted) await wait(milliseconds / settings.rate, undefined, signal && { signal }).catch(() => {});
  },
};

const journal = new DatabaseSync(settings.journal, { timeout: 60_000 });

/** The shop's own effect, deduplicated by the event's id: once per event and handler. */
function grant(handler: string, { id, type, payment }: PaymentEvent): void {
  journal.prepare("INSERT INTO attempt VALUES (?, ?, ?, ?)").run(id, handler, type, payment.orderId);
  journal.prepare("INSERT OR IGNORE INTO effect VALUES (?, ?, ?, ?)").run(id, handler, type, payment.orderId);
}

function brokenStore(inner: PaymentStore): PaymentStore {
  if (settings.broken === "forgets what it acknowledged") return memoryStore();
  return {
    ...inner,
    async leaseDeliveries(request) {
      const leased = await inner.leaseDeliveries(request);
      for (const delivery of leased) await inner.finishDelivery(delivery, { kind: "delivered", at: request.now });
      return leased;
    },
  };
}

if (settings.kind === "sqlite") watchSqlite(pass);
else watchPostgres(pass);
watchOutbound(pass);

const { database, listen = true } = settings;
const durable = settings.kind === "sqlite" ? sqliteStore(database) : postgresStore({ url: database, listen });
const store = settings.broken === undefined ? durable : brokenStore(durable);

function report(kind: HandlerCall["kind"], handler: string, event: PayEvent): void {
  if (!("payment" in event)) return;
  const { id, type, payment } = event;
  say({ kind, pid: process.pid, handler, event: id, type, orderId: payment.orderId });
}

/** Reports when the end of a handler is stored. */
function watchEnds(inner: PaymentStore): PaymentStore {
  const { deliverInTransaction } = inner;
  return {
    ...inner,
    async finishDelivery(delivery, outcome) {
      await inner.finishDelivery(delivery, outcome);
      if (outcome.kind === "delivered") report("ended", delivery.handler, delivery.event);
    },
    ...(deliverInTransaction && {
      async deliverInTransaction(delivery, signal, run) {
        await deliverInTransaction(delivery, signal, run);
        report("ended", delivery.handler, delivery.event);
      },
    }),
  };
}

const pay = createPay({
  providers: {
    psc: watchReply(goSettiPsc({ userId: 1234, baseUrl: `${settings.gateway}/gosetti` }), pass) as never,
    cards: watchReply(
      sellly({
        shopId: "SHOP1",
        secretKey: settings.selllySecret,
        operator: "cashbill",
        baseUrl: `${settings.gateway}/sellly`,
      }),
      pass,
    ) as never,
  },
  store: watchEnds(watchMark(store, pass)),
  baseUrl: "https://shop.example/pay",
  secret: settings.secret,
  clock,
  // Errors that an outage of the database does not explain appear in the report.
  logger: { info() {}, warn() {}, error: (message, fields) => console.error(message, JSON.stringify(fields)) },
});

const goingOn = Promise.withResolvers<void>();
if (settings.holds !== true) goingOn.resolve();

/** The handlers and events that failed in this process. */
const failed = new Set<string>();

/** Fails one event in four, once. */
function failAtFirst(handler: string, { id }: PaymentEvent): void {
  const delivery = `${id} ${handler}`;
  if (settings.hurries !== true || !/[0-7]$/.test(id) || failed.has(delivery)) return;
  failed.add(delivery);
  throw new Error("out of stock");
}

/** Has the deliveries attempted now that wait after a failure, until Pay is closed. */
async function hurry(): Promise<void> {
  for (;;) {
    try {
      for (const { eventId, handler, payment, status } of await pay.deliveries.failing()) {
        if (status !== "due" || payment === undefined) continue;
        await pay.deliveries.redrive(payment.id, { eventId, handler, by: "campaign" });
      }
    } catch (error) {
      if (!isPayError(error)) throw error;
      if (error.code === "NOT_STARTED") return;
      // The other process was faster, the delivery waits for an earlier one, or the store is away.
    }
    await wait(100, undefined, { ref: false });
  }
}

for (const type of ["payment.succeeded", "payment.paid_again", "payment.failed"] as const) {
  for (const name of ["grant", "mail"]) {
    pay.on(type, name, async (event) => {
      pass("before the handler");
      failAtFirst(name, event);
      grant(name, event);
      report("begins", name, event);
      await goingOn.promise;
      pass("after the handler");
    });
  }
}
if (settings.kind === "postgres" && settings.broken === undefined) {
  pay.on(
    "payment.succeeded",
    "ledger",
    async (event, { tx }) => {
      // No key prevents a second row: only the transaction does.
      await tx.query("INSERT INTO shop_grant (event_id) VALUES ($1)", [event.id]);
      report("begins", "ledger", event);
      await goingOn.promise;
    },
    { tx: true },
  );
}

await pay.start();
if (settings.redrives) {
  // If processes die in a handler repeatedly, its event is given up. A person then delivers it again.
  for (const { id, kind } of (await pay.reviews.list()).reviews) {
    if (kind === "dead_letter") await pay.reviews.resolve(id, { action: "accept", by: "campaign" });
  }
}
if (settings.hurries) void hurry();
const server = createPayServer(pay);
server.on("request", (_, response) => response.on("finish", () => pass("after the reply")));
server.listen(0, "127.0.0.1");
await once(server, "listening");

async function checkout({ orderId, provider, key }: Question): Promise<Checkout> {
  const request = {
    orderId,
    providerName: provider,
    amount: { value: 1999, currency: "PLN" },
    description: "VIP",
    returnUrl: "https://shop.example/thanks",
    buyer: { ip: "203.0.113.7", email: `${orderId}@shop.example`, language: "pl" },
    idempotencyKey: key,
  };
  return pay.checkout(request as never).then(
    ({ next }) => (next.kind === "redirect" ? { sentTo: next.url } : {}),
    (error) => ({ error: isPayError(error) ? error.code : String(error) }),
  );
}

/** Ends as a process does on request: it does not exit, but has nothing left to do. */
async function close(): Promise<void> {
  const stopped = once(server, "close");
  server.close();
  await pay.close();
  say({ kind: "closed" });
  // All callbacks are answered; a connection that has sent no request does not count as idle.
  server.closeAllConnections();
  await stopped;
  process.off("disconnect", exit);
  process.disconnect();
}

// The parent process has ended.
const exit = () => process.exit();
process.on("disconnect", exit);
process.on("message", async (command: Command) => {
  switch (command.kind) {
    case "checkout":
      say({ kind: "answer", id: command.id, checkout: await checkout(command) });
      break;
    case "go on":
      goingOn.resolve();
      break;
    case "close":
      await close();
      break;
    default:
      command satisfies never;
  }
});
const address = server.address();
say({ kind: "listening", port: typeof address === "object" && address !== null ? address.port : 0 });
