import { Writable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { createConsole } from "@pay/console";
import { createPay, type Logger, memoryStore } from "@pay/core";
import { fakeProvider, idle, manualClock } from "@pay/core/testing";
import pino from "pino";
import winston from "winston";
import { SECRET } from "./support/secret.ts";

/** Collects the lines that a logger writes. */
function collected() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, stream };
}

const LOGGERS: readonly (readonly [string, (stream: Writable) => Logger])[] = [
  ["pino", (stream) => pino({ base: null }, stream)],
  ["a child of pino", (stream) => pino({ base: null }, stream).child({ module: "pay" })],
  [
    "winston",
    (stream) =>
      winston.createLogger({ format: winston.format.json(), transports: [new winston.transports.Stream({ stream })] }),
  ],
  [
    "a child of winston",
    (stream) =>
      winston
        .createLogger({ format: winston.format.json(), transports: [new winston.transports.Stream({ stream })] })
        .child({ module: "pay" }),
  ],
];

describe.each(LOGGERS)("a Pay that reports to %s", (_, loggerTo) => {
  it("keeps the message and every field", async () => {
    const { lines, stream } = collected();
    const clock = manualClock();
    const pay = createPay({
      providers: { cards: fakeProvider() },
      default: "cards",
      store: memoryStore(),
      baseUrl: "https://shop.example/pay",
      secret: SECRET,
      clock,
      logger: loggerTo(stream),
    });
    pay.on("payment.succeeded", "vip", () => {
      throw new Error("closed");
    });
    await pay.start();
    const { id } = await pay.checkout({
      orderId: "order-1",
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      returnUrl: "https://shop.example/thanks",
      buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" },
    });
    const body = JSON.stringify({ status: "succeeded", providerReference: `R-${id}` });
    await pay.fetch(new Request("https://shop.example/pay/callbacks/cards", { method: "POST", body }));
    await clock.advance(1000);
    await pay.close();
    const logged = lines.map((line) => JSON.parse(line)).find(({ handler }) => handler === "vip");
    expect({ ...logged, message: logged?.message ?? logged?.msg }).toMatchObject({
      message: "A handler failed.",
      handler: "vip",
      paymentId: id,
      attempt: 1,
      error: "Error: closed",
    });
  });

  it("keeps them of a console, too", async () => {
    const { lines, stream } = collected();
    const pay = createPay({
      providers: { cards: fakeProvider() },
      store: memoryStore(),
      baseUrl: "https://shop.example/pay",
      secret: SECRET,
    });
    const authorize = () => {
      throw new TypeError("no session");
    };
    const { fetch } = createConsole(pay, { authorize, logger: loggerTo(stream) });
    expect((await fetch(new Request("https://shop.example/console"))).status).toBe(500);
    await idle();
    const logged = JSON.parse(lines[0] ?? "{}");
    expect({ ...logged, message: logged.message ?? logged.msg }).toMatchObject({
      message: "The console's authorize threw.",
      error: "TypeError",
    });
  });
});
