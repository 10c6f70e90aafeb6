import { createFetch } from "../src/http/fetch.ts";
import { createHandle } from "../src/http/routes.ts";
import { fakeProvider } from "../src/testing/fake-provider.ts";
import { createHarness, SECRET } from "./harness.ts";
import { post, wholeOf } from "./requests.ts";

export const BASE = "https://shop.example/pay";
export const OLD_SECRET = "the older secret of this shop, long enough";
export const LIMIT = 64 * 1024;
export const PAID = { status: "succeeded" };

/** `own` and `other` have an address per payment, `cards` has a fixed one. Each has payments, and no callback was sent yet. */
export async function createServer({ secret = SECRET as string | readonly string[], running = true } = {}) {
  const own = fakeProvider({ merchantAccount: "a", callback: { correlation: "callback-url" } });
  const other = fakeProvider({ merchantAccount: "b", callback: { correlation: "callback-url" } });
  const cards = fakeProvider({ merchantAccount: "c" });
  const harness = createHarness({ providers: { own, other, cards }, secret });
  const handle = createFetch(createHandle({ ...harness.context, basePath: "/pay", isRunning: () => running }));
  const first = await harness.checkout({ providerName: "own" });
  const second = await harness.checkout({ providerName: "own", orderId: "order-2" });
  const third = await harness.checkout({ providerName: "cards", orderId: "order-3" });
  harness.store.calls.length = 0;
  return {
    harness,
    handle,
    own,
    cards,
    payments: { first, second, third },
    /** The callback addresses that the gateways received. */
    addresses: {
      first: own.creates[0]!.callbackUrl,
      second: own.creates[1]!.callbackUrl,
      cards: `${BASE}/callbacks/cards`,
    },
    isUntouched: () => harness.store.calls.length === 0 && own.outcomes.length + cards.outcomes.length === 0,
  };
}

export type Server = Awaited<ReturnType<typeof createServer>>;
export const notFound = async ({ handle }: Server) => wholeOf(await handle(post(`${BASE}/nowhere`)));
