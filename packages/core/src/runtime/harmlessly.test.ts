import { expect, it } from "@jest/globals";
import { BASE, ORDER } from "../../test/shop.ts";
import { createPay } from "../pay.ts";
import { memoryStore } from "../store/memory.ts";
import { fakeProvider } from "../testing/fake-provider.ts";
import { idle, manualClock } from "../testing/manual-clock.ts";
import { safeLogger } from "./system.ts";

/** What an async function of the app returns: it counts those who take its failure. Without one, Node.js ends the process. */
function rejecting() {
  const taken: unknown[] = [];
  const run = () => ({
    // biome-ignore lint/suspicious/noThenProperty: stands for a promise
    then(_: unknown, onRejected: unknown) {
      taken.push(onRejected);
    },
  });
  return { run, taken };
}

it.each(["info", "warn", "error"] as const)("takes the failure of a logger whose %s is async", (level) => {
  const { run, taken } = rejecting();
  safeLogger({ [level]: run })[level]("message", { field: 1 });
  safeLogger({ [level]: run, bindings: () => ({}) } as never)[level]("message");
  expect(taken).toEqual([expect.any(Function), expect.any(Function)]);
});

it("takes the failure of an async onHttpExchange and onHandlerError", async () => {
  const [exchanges, errors] = [rejecting(), rejecting()];
  const clock = manualClock();
  const pay = createPay({
    ...BASE,
    providers: { cards: fakeProvider() },
    store: memoryStore(),
    clock,
    logger: { info() {}, warn() {}, error() {} },
    onHttpExchange: exchanges.run,
    onHandlerError: errors.run,
  });
  pay.on("payment.succeeded", "vip", () => {
    throw new Error("closed");
  });
  await pay.start();
  const { id } = await pay.checkout({ ...ORDER, providerName: "cards" } as never);
  const body = JSON.stringify({ status: "succeeded", providerReference: `R-${id}` });
  await pay.fetch(new Request(`${BASE.baseUrl}/callbacks/cards`, { method: "POST", body }));
  await idle();
  expect(exchanges.taken).toEqual([expect.any(Function)]);
  expect(errors.taken).toEqual([expect.any(Function)]);
  await pay.close();
});
