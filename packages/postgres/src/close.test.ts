import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createPay, type TransactionContext } from "@pay/core";
import { fakeProvider } from "@pay/core/testing";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { startPostgres, type TestServer } from "../test/server.ts";
import { postgresStore } from "./store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

/** A Pay on the system's clock, whose only handler writes in its transaction and then does this. */
async function startPay(url: string, then: (context: TransactionContext) => unknown) {
  const gateway = fakeProvider();
  const pay = createPay({
    providers: { cards: gateway },
    store: postgresStore(url),
    baseUrl: "https://shop.example/pay",
    secret: "a secret of the tests, long enough to be one",
    logger: quietLogger(),
  });
  pay.on(
    "payment.succeeded",
    "ledger",
    async (event, context) => {
      await context.tx.query("INSERT INTO effect VALUES ($1)", [event.id]);
      await then(context);
    },
    { tx: true },
  );
  await pay.start();
  return { pay, gateway };
}

describe("a handler with a transaction that hangs while Pay closes", () => {
  it("is aborted at the deadline: what it wrote is undone, and another process gets the event", async () => {
    const url = await server.database();
    await server.rows(url, "CREATE TABLE effect (event_id text)");
    const wrote = Promise.withResolvers<AbortSignal>();
    const { gateway, pay } = await startPay(url, ({ signal }) => {
      wrote.resolve(signal);
      return new Promise(() => {});
    });
    await pay.checkout({
      orderId: "order-1",
      providerName: "cards",
      amount: { value: 1999, currency: "PLN" },
      description: "VIP, 30 days",
      returnUrl: "https://shop.example/thanks",
      buyer: { ip: "203.0.113.7", email: "buyer@example.com", language: "en" },
    });
    const { callbackUrl, merchantReference } = gateway.creates[0]!;
    const body = JSON.stringify({ status: "succeeded", merchantReference });
    expect((await pay.fetch(new Request(callbackUrl, { method: "POST", body }))).status).toBe(200);
    const signal = await wrote.promise;

    await pay.close({ deadlineMs: 10 });
    expect(signal.aborted).toBe(true);
    expect(await server.rows(url, "SELECT * FROM effect")).toEqual([]);
    expect(await server.rows(url, "SELECT status, attempts, error FROM pay.delivery")).toEqual([
      { status: "due", attempts: 0, error: null },
    ]);

    const again = Promise.withResolvers<void>();
    const next = await startPay(url, () => again.resolve());
    await again.promise;
    await next.pay.close();
    expect(await server.rows(url, "SELECT count(*)::int AS count FROM effect")).toEqual([{ count: 1 }]);
  });
});
