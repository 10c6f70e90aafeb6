import { DEMO_SELLLY_SHOP, type Simulator, type SimulatorOptions, startSimulator } from "../src/index.ts";
import { createGosetti, createSellly } from "./create.ts";
import { type Shop, type ShopAnswer, type ShopRequest, sendBuyerTo, startShop } from "./shop.ts";

/** A simulator whose time stands still, and a shop that gives the documented answers. */
export interface Stage {
  readonly simulator: Simulator;
  readonly shop: Shop;
  /** Replaces the documented answer. Returns undefined for the documented one. */
  answer: (request: ShopRequest) => ShopAnswer | Promise<ShopAnswer> | undefined;
  /** Creates a GOSetti.pl payment with a token of its own in the callback address. */
  gosetti(): Promise<string>;
  sellly(): Promise<string>;
  /** The content of the callbacks, in order of arrival: token or key, number, and `true`/`false` or `OK`/`ERR`. */
  received(): readonly (readonly [secret: string, id: string, status: string])[];
  call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly json: unknown }>;
  close(): Promise<void>;
}

export const OTHER_SHOP = {
  shopId: "SHOP2",
  secretKey: "07e2ke9000000000000000000000000000000000000000000000000000000002",
};
/** Milliseconds, the default. */
export const REDELIVERY = 30_000;

export async function startStage(options: SimulatorOptions = {}): Promise<Stage> {
  let count = 0;
  const shop = await startShop((request) => stage.answer(request) ?? documented(request));
  const sellly = { shops: [{ ...DEMO_SELLLY_SHOP, notificationUrl: `${shop.url}/notify` }, OTHER_SHOP] };
  const simulator = await startSimulator({ clock: "virtual", seed: 1, sellly, ...options });
  const stage: Stage = {
    simulator,
    shop,
    answer: () => undefined,
    gosetti: () => createGosetti(simulator, { CallbackUrl: `${shop.url}/cb/order/token-number-${++count}` }),
    sellly: () => createSellly(simulator),
    received: () => shop.requests.map(fact),
    async call(method, path, body) {
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${simulator.url}/api${path}`, { method, ...init });
      return { status: response.status, json: await response.json() };
    },
    async close() {
      await simulator.close();
      await shop.close();
    },
  };
  return stage;
}

function documented({ method }: ShopRequest): ShopAnswer {
  return method === "POST" ? sendBuyerTo("https://shop.example/thanks") : { body: "OK" };
}

function fact({ body, method, url }: ShopRequest): readonly [string, string, string] {
  if (method === "POST") {
    const { Finished, PaySafeCardTransactionId } = JSON.parse(body);
    return [url.slice(url.lastIndexOf("/") + 1), PaySafeCardTransactionId, String(Finished)];
  }
  const query = new URL(url, "http://127.0.0.1").searchParams;
  return [query.get("secret_key")!, query.get("id")!, query.get("status")!];
}
