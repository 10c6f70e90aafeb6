import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createPay, type Pay } from "@pay/core";
import { fakeProvider } from "@pay/core/testing";
import { createBell } from "../../../test/support/bell.ts";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

const ORDERS = 20;

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

let pay: Pick<Pay, "on" | "start" | "fetch" | "checkout" | "close">;
afterEach(() => pay.close({ deadlineMs: 0 }));

describe("handlers with a transaction that hang", () => {
  it.each([1, 2])("keep no connection from callbacks and no place from other handlers: %i of them", async (hanging) => {
    const url = await server.database();
    const gateway = fakeProvider();
    const logger = quietLogger();
    pay = createPay({
      providers: { cards: gateway },
      store: postgresStore(url),
      baseUrl: "https://shop.example/pay",
      secret: "a secret of the tests, long enough to be one",
      logger,
    });
    const bell = createBell();
    const told = { hung: 0, ledger: 0, mail: 0 };
    const tell = (handler: keyof typeof told) => {
      told[handler] += 1;
      bell.ring();
    };
    for (let n = 0; n < hanging; n++)
      pay.on(
        "payment.succeeded",
        `hung-${n}`,
        async (_, { tx }) => {
          await tx.query("SELECT 1");
          tell("hung");
          await new Promise(() => {});
        },
        { tx: true },
      );
    pay.on("payment.succeeded", "mail", () => tell("mail"));
    pay.on(
      "payment.succeeded",
      "ledger",
      async (_, { tx }) => {
        await tx.query("SELECT 1");
        tell("ledger");
      },
      { tx: true },
    );
    await pay.start();
    const statuses: number[] = [];
    for (let n = 0; n < ORDERS; n++) {
      await pay.checkout({
        orderId: `order-${n}`,
        providerName: "cards",
        amount: { value: 1999, currency: "PLN" },
        description: "VIP, 30 days",
        returnUrl: "https://shop.example/thanks",
        buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "en" },
      });
      const { callbackUrl, merchantReference } = gateway.creates.at(-1)!;
      const body = JSON.stringify({ status: "succeeded", merchantReference });
      statuses.push((await pay.fetch(new Request(callbackUrl, { method: "POST", body }))).status);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
    // Sooner than the handlers that hang are given up, after 30 s.
    await bell.until(() => told.mail === ORDERS && told.ledger === ORDERS);
    expect(told.hung).toBeGreaterThanOrEqual(5);
    expect(logger.lines.filter(({ level }) => level !== "info")).toEqual([]);
  });
});
