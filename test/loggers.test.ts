import { Writable } from "node:stream";
import { format } from "node:util";
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
  ["the PinoLogger of nestjs-pino", (stream) => nestPinoLogger(pino({ base: null }, stream))],
  ["bunyan", bunyanLogger],
  ["roarr", roarrLogger],
];

/** As in nestjs-pino 5: it passes what it is given to the pino of the request. The package needs all of NestJS. */
function nestPinoLogger(logger: pino.Logger): Logger {
  return {
    // The type of Pay's `logger` does not have this field.
    ...{ logger },
    info: (...args) => logger.info(...(args as [string])),
    warn: (...args) => logger.warn(...(args as [string])),
    error: (...args) => logger.error(...(args as [string])),
  };
}

/** As in bunyan 2: an object before the message has the fields, what follows goes into the message. The package compiles a part of itself. */
function bunyanLogger(stream: Writable): Logger {
  const write = (...args: unknown[]) => {
    const [fields, ...message] = typeof args[0] === "object" ? args : [{}, ...args];
    stream.write(`${JSON.stringify({ ...(fields as object), msg: format(...message) })}\n`);
  };
  return Object.assign({ info: write, warn: write, error: write }, { addSerializers() {} });
}

/** As in roarr 7: a function with functions; an object before the message is its context, and what follows the message is dropped. */
function roarrLogger(stream: Writable): Logger {
  const write = (...args: unknown[]) => {
    const [context, message] = typeof args[0] === "object" ? args : [{}, ...args];
    stream.write(`${JSON.stringify({ context, message, ...(context as object) })}\n`);
  };
  return Object.assign(() => {}, { info: write, warn: write, error: write, adopt() {} });
}

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
