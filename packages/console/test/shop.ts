import { type AnyPay, createPay, memoryStore, type PaymentStore } from "@pay/core";
import { type FakeProvider, fakeProvider, type ManualClock, manualClock } from "@pay/core/testing";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type ConsoleOptions, createConsole } from "../src/index.ts";

const HOST = "https://shop.example";

/** A shop with a console: a real Pay on memory, and a gateway that says what a test wants. */
export interface Shop {
  readonly pay: AnyPay;
  readonly cards: FakeProvider;
  readonly clock: ManualClock;
  readonly store: PaymentStore;
  /** What the handler `vip` does. */
  onEvent: () => void;
  buy(over?: Readonly<Record<string, unknown>>): Promise<string>;
  /** A callback of the gateway. */
  hear(body: Readonly<Record<string, unknown>>): Promise<Response>;
  /** The console's answer to this path, asked for by Anna. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  page(path: string, language?: "pl" | "en"): Promise<string>;
  /** Sends a form as the page at `from` would: with the token that stands there. */
  send(from: string, path: string, fields: Readonly<Record<string, string>>): Promise<Response>;
  request(path: string, init?: RequestInit): Promise<Response>;
}

export async function createShop(
  options: Partial<ConsoleOptions> = {},
  can: Parameters<typeof fakeProvider>[0] = {},
): Promise<Shop> {
  const cards = fakeProvider(can);
  const other = fakeProvider({ merchantAccount: "fake:2" });
  const clock = manualClock();
  const store = memoryStore();
  const pay: AnyPay = createPay({
    providers: { cards, other },
    default: "cards",
    store,
    clock,
    logger: quietLogger(),
    random: seededRandom(1),
    baseUrl: `${HOST}/pay`,
    secret: "a secret of the tests, long enough to be one",
  });
  pay.on("payment.succeeded", "vip", () => shop.onEvent());
  await pay.start();
  const console = createConsole(pay, { authorize: () => ({ name: "Anna" }), clock, timeZone: "UTC", ...options });
  const request: Shop["request"] = (path, init) => console.fetch(new Request(`${HOST}/console${path}`, init));
  const shop: Shop = {
    pay,
    cards,
    clock,
    store,
    onEvent: () => {},
    async buy(over = {}) {
      const amount = { value: 1999, currency: "PLN" };
      const asked = { orderId: "order-1", amount, description: "VIP", returnUrl: `${HOST}/thanks`, buyer: {}, ...over };
      const payment = await pay.checkout(asked as never);
      return payment.id;
    },
    hear: (body) =>
      pay.fetch(new Request(`${HOST}/pay/callbacks/cards`, { method: "POST", body: JSON.stringify(body) })),
    get: (path, headers = {}) => request(path, { headers }),
    page: async (path, language = "en") => (await request(path, { headers: { "accept-language": language } })).text(),
    async send(from, path, fields) {
      const token = tokenOf(await shop.page(from));
      return request(path, form({ token, ...fields }));
    },
    request,
  };
  return shop;
}

/** A form as a browser sends it from a page of the console. */
export function form(fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
  return {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "sec-fetch-site": "same-origin", origin: "null", ...headers },
  };
}

export function tokenOf(page: string): string {
  return /name="token" value="([^"]+)"/.exec(page)?.[1] ?? "";
}
