import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { post, streamed } from "../test/requests.ts";
import { watchedStore } from "../test/watched-store.ts";
import type { CreateOutcome, ParsedCallback } from "./contract/provider.ts";
import type { PaymentStore } from "./contract/store.ts";
import { PayError } from "./model/errors.ts";
import { createPay } from "./pay.ts";
import { createKeyring } from "./security/keyring.ts";
import { memoryStore } from "./store/memory.ts";
import { fakeProvider, providerReference } from "./testing/fake-provider.ts";
import { idle, manualClock } from "./testing/manual-clock.ts";

const HOUR = 3_600_000;
const BASE = "https://shop.example/pay";
const SECRETS = ["CanarySecret-6d1f-of-the-shop-long-enough", "CanarySecret-9b2e-of-yesterday-long-enough"];
const EMAIL = "Canary.Mail-c3d4@Example.com";
const IPS = ["203.0.113.177", "2001:db8::ca:fe"];

const everything = (value: unknown) =>
  inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    maxArrayLength: null,
    maxStringLength: null,
    getters: true,
  });

/** Records everything that goes into a store and comes out of it. */
function recorded(store: PaymentStore, seen: unknown[]): PaymentStore {
  const record =
    (method: keyof PaymentStore) =>
    async (...args: unknown[]) => {
      if (method !== "update") {
        const answer = await (store[method] as (...args: unknown[]) => unknown)(...args);
        seen.push([method, args, answer]);
        return answer;
      }
      const [query, decide] = args as Parameters<PaymentStore["update"]>;
      return store.update(query, (found) => {
        const decision = decide(found);
        seen.push([query, found, decision.changes]);
        return decision;
      });
    };
  const methods = Object.keys(store) as (keyof PaymentStore)[];
  return Object.fromEntries(methods.map((method) => [method, record(method)])) as unknown as PaymentStore;
}

/** A shop that records everything that could leak: log lines, errors, events, answers, and all traffic with its store. */
async function createShop() {
  const clock = manualClock();
  const logger = quietLogger();
  const [rows, errors, events, answers]: [unknown[], unknown[], unknown[], unknown[]] = [[], [], [], []];
  const store = watchedStore(recorded(memoryStore(), rows));
  const own = fakeProvider({ merchantAccount: "a", callback: { correlation: "callback-url" } });
  const cards = fakeProvider({ merchantAccount: "b" });
  const pay = createPay({
    providers: { own, cards },
    default: "own",
    store,
    clock,
    logger,
    random: seededRandom(5),
    baseUrl: BASE,
    secret: SECRETS,
  });
  for (const type of [
    "payment.succeeded",
    "payment.failed",
    "payment.expired",
    "payment.reversed",
    "payment.paid_again",
  ] as const) {
    pay.on(type, "keep", (event) => {
      events.push(event);
      throw new Error("not now");
    });
  }
  await pay.start();
  let orders = 0;
  const request = (over: object = {}) => ({
    orderId: `order-${++orders}`,
    amount: { value: 1999, currency: "PLN" },
    description: "VIP, 30 days",
    returnUrl: "https://shop.example/thanks",
    buyer: { ip: IPS[orders % 2]!, email: EMAIL, language: "pl" },
    ...over,
  });
  return {
    pay,
    own,
    cards,
    clock,
    store,
    request,
    async checkout(over: object = {}) {
      try {
        return await pay.checkout(request(over) as never);
      } catch (error) {
        errors.push(error);
        return undefined;
      }
    },
    async call(request: Request | Promise<Request>) {
      const response = await pay.fetch(await request);
      answers.push([response.status, [...response.headers], await response.text()]);
      return response.status;
    },
    leaks() {
      const tokens = own.creates.map(({ callbackUrl }) => callbackUrl.split(".").at(-1)!);
      const { current } = createKeyring(SECRETS);
      const keys = [current.callback, current.digest, current.form, current.formAddress].flatMap((key) => [
        key.export().toString("hex"),
        key.export().toString("base64url"),
      ]);
      const encoded = [...SECRETS, EMAIL, ...IPS].flatMap((text) => [
        Buffer.from(text).toString("base64").replace(/=+$/, ""),
        Buffer.from(text).toString("hex"),
        encodeURIComponent(text),
      ]);
      const canaries = ["canarysecret", "canary.mail", ...SECRETS, EMAIL, ...IPS, ...tokens, ...keys, ...encoded];
      const places = { log: logger.lines, rows, errors, events, answers, pay };
      return Object.entries(places).flatMap(([place, what]) => {
        const text = everything(what).toLowerCase();
        return canaries
          .filter((canary) => text.includes(canary.toLowerCase()))
          .map((canary) => `${canary} in ${place}`);
      });
    },
    seen: { rows, errors, events, answers, lines: logger.lines },
  };
}

type Shop = Awaited<ReturnType<typeof createShop>>;

/** An error as HTTP clients make it: it holds the whole request. */
function revealingError(shop: Shop): Error {
  const last = shop.own.creates.at(-1) ?? shop.cards.creates.at(-1);
  const text = `POST failed: ${EMAIL} ${IPS.join(" ")} ${SECRETS.join(" ")} ${last?.callbackUrl}`;
  return Object.assign(new Error(text, { cause: new TypeError(text) }), {
    request: { body: text, buyer: last?.buyer },
  });
}

const FLOWS: Readonly<Record<string, (shop: Shop) => Promise<void>>> = {
  async "a paid payment, whose handler fails until it is given up"(shop) {
    await shop.checkout();
    const { callbackUrl } = shop.own.creates[0]!;
    await shop.call(post(callbackUrl, { status: "succeeded" }));
    await shop.call(post(callbackUrl, { status: "succeeded" }));
    await shop.call(post(callbackUrl, { status: "reversed" }));
    for (let hour = 0; hour < 150; hour += 5) {
      shop.clock.step(5 * HOUR);
      await shop.clock.advance(10_000);
    }
    expect((await shop.pay.reviews.list()).reviews.map(({ kind }) => kind)).toContain("dead_letter");
  },
  async "a payment that fails, or expires, or is paid late, less or twice"(shop) {
    for (let n = 0; n < 3; n++) await shop.checkout({ orderId: "order-x" });
    const [first, second, third] = shop.own.creates;
    await shop.call(post(first!.callbackUrl, { status: "failed" }));
    await shop.clock.advance(HOUR + 10_000);
    await shop.call(post(second!.callbackUrl, { status: "succeeded", amount: 1 }));
    for (const { callbackUrl } of [first!, second!, third!])
      await shop.call(post(callbackUrl, { status: "succeeded" }));
    await shop.call(post(third!.callbackUrl, { status: "something new" }));
    expect(shop.seen.events.length).toBeGreaterThan(4);
  },
  async "creates that end in every way an adapter can think of"(shop) {
    const outcomes: (() => CreateOutcome | Promise<CreateOutcome>)[] = [
      () => ({ kind: "unknown", cause: revealingError(shop) }),
      () => ({ kind: "not_sent", cause: revealingError(shop) }),
      () => ({ kind: "unknown", cause: revealingError(shop).message }),
      () => ({ kind: "unknown", cause: new Error(SECRETS[0]) }),
      () => ({ kind: "unknown", cause: new Error(IPS[0]) }),
      () => ({ kind: "not_sent", cause: { ...revealingError(shop) } }),
      () => ({ kind: "rejected", code: "declined", retryable: false, providerCode: "E1", field: "buyer.email" }),
      () => Promise.reject(revealingError(shop)),
      () => {
        throw revealingError(shop);
      },
      () => ({ kind: revealingError(shop).message }) as never,
    ];
    for (const outcome of outcomes) {
      shop.own.onCreate = outcome;
      await shop.checkout();
    }
    expect(shop.seen.errors).toHaveLength(outcomes.length);
  },
  async "a create that hangs"(shop) {
    shop.own.onCreate = () => new Promise(() => {});
    const failing = shop.checkout();
    await shop.clock.advance(30_000);
    await failing;
  },
  async "a fallback"(shop) {
    shop.own.onCreate = () => ({ kind: "not_sent", cause: revealingError(shop) });
    await shop.checkout({ providerName: ["own", "cards"] });
    expect(shop.cards.creates).toHaveLength(1);
  },
  async "an idempotency key, repeated and misused"(shop) {
    const key = { idempotencyKey: "key-1", orderId: "order-x" };
    const buyer = { ip: IPS[0], email: EMAIL };
    await shop.checkout({ ...key, buyer });
    await shop.checkout({ ...key, buyer });
    await shop.checkout({ ...key, buyer: { ip: IPS[1], email: `x${EMAIL}` } });
    expect(shop.seen.errors).toEqual([expect.objectContaining({ fields: ["buyer.email"] })]);
  },
  async "requests that are refused"(shop) {
    const refused = [
      { buyer: { email: `${EMAIL}\n` } },
      { buyer: { ip: `${IPS[0]}:80` } },
      { buyer: { language: [EMAIL] } },
      { orderId: `${EMAIL}\n` },
      { returnUrl: `http://shop.example/?${EMAIL}` },
      { amount: EMAIL },
      { amount: { value: 1, currency: EMAIL } },
      { providerName: EMAIL },
      { options: EMAIL },
      { idempotencyKey: `${SECRETS[0]}\n` },
      { buyer: EMAIL },
    ];
    for (const over of refused) await shop.checkout(over);
    expect(shop.seen.errors).toHaveLength(refused.length);
  },
  async "a store that fails everywhere"(shop) {
    shop.store.failNext("insert");
    await shop.checkout();
    shop.store.failNext("update");
    await shop.checkout();
    await shop.checkout();
    shop.store.failNext("update");
    await shop.call(post(shop.own.creates.at(-1)!.callbackUrl, { status: "succeeded" }));
    for (const method of ["leaseDeliveries", "finishDelivery", "nextDeliveryAt", "overdue", "staleUnmatched"] as const)
      shop.store.failNext(method, 3);
    await shop.call(post(shop.own.creates.at(-1)!.callbackUrl, { status: "succeeded" }));
    await shop.clock.advance(2 * 60_000);
    expect(shop.seen.lines.filter(({ level }) => level === "error").length).toBeGreaterThan(3);
  },
  async "callbacks forged with what is nearly right"(shop) {
    await shop.checkout();
    await shop.checkout();
    const [first, second] = shop.own.creates.map(({ callbackUrl }) => callbackUrl);
    const token = second!.split("/").at(-1)!;
    for (const url of [
      `${first}A`,
      first!.slice(0, -1),
      first!.replace(/[^/]+$/, token),
      `${first}?a=%`,
      `${first}/${EMAIL}`,
    ]) {
      await shop.call(post(url, { email: EMAIL, ip: IPS[0] }));
    }
    await shop.call(new Request(first!, { method: "PUT" }));
    await shop.call(post(first!, `{"email":"${EMAIL}"`));
    await shop.call(post(first!, { email: EMAIL, token }));
    await shop.call(post(first!, "x".repeat(70_000)));
    expect(shop.seen.answers).toHaveLength(9);
  },
  async "a callback that breaks off, or does not come"(shop) {
    await shop.checkout();
    const broken = streamed(shop.own.creates[0]!.callbackUrl);
    const answering = shop.call(broken.request);
    await idle();
    broken.breakOff();
    expect(await answering).toBe(400);
    const late = shop.call(streamed(shop.own.creates[0]!.callbackUrl).request);
    await shop.clock.advance(10_000);
    expect(await late).toBe(408);
  },
  async "an adapter that fails on callbacks and says everything it knows"(shop) {
    await shop.checkout();
    const { callbackUrl } = shop.own.creates[0]!;
    const callbacks: (() => ParsedCallback)[] = [
      () => {
        throw revealingError(shop);
      },
      () => {
        throw new PayError("MALFORMED", revealingError(shop).message, { cause: revealingError(shop) });
      },
      () => ({ kind: "refused", reason: "unauthenticated", detail: revealingError(shop).message }),
      () => ({ kind: revealingError(shop).message }) as never,
    ];
    for (const receive of callbacks) {
      shop.own.onReceive = receive;
      await shop.call(post(callbackUrl, {}));
    }
    shop.own.onReply = () => {
      throw revealingError(shop);
    };
    await shop.call(post(callbackUrl, {}));
    expect(shop.seen.answers).toHaveLength(5);
  },
  async "unmatched notifications with a buyer, kept, reviewed and proposed to the buyer's payment"(shop) {
    shop.cards.onCreate = () => ({ kind: "accepted", next: { kind: "wait" } });
    const made = await shop.checkout({ providerName: "cards" });
    shop.cards.onReceive = () => ({
      kind: "notification",
      about: { providerReference: providerReference("LOST") },
      reported: { status: "succeeded" },
      buyerEmail: EMAIL,
    });
    await shop.call(post(`${BASE}/callbacks/cards`, { email: EMAIL }));
    await shop.clock.advance(HOUR + 10_000);
    const [review] = (await shop.pay.reviews.list()).reviews;
    expect(review).toMatchObject({ kind: "unmatched", candidates: [made?.id] });
  },
  async "everything the shop can ask"(shop) {
    const made = await shop.checkout();
    await shop.call(post(shop.own.creates[0]!.callbackUrl, { status: "failed" }));
    const { id, orderId } = made!;
    const { answers } = shop.seen;
    answers.push(made, await shop.pay.payments.get(id), await shop.pay.orders.get(orderId));
    answers.push(
      await shop.pay.payments.history(id),
      await shop.pay.deliveries.list(id),
      (await shop.pay.reviews.list()).reviews,
    );
  },
};

describe("no secret, e-mail address, IP address or callback token is in logs, rows, errors, events or answers of", () => {
  it.each(Object.keys(FLOWS))("%s", async (name) => {
    const shop = await createShop();
    await FLOWS[name]!(shop);
    await idle();
    expect(shop.leaks()).toEqual([]);
    // The search had something to find, and the adapter did receive the secrets that must not be elsewhere.
    expect(shop.seen.rows.length).toBeGreaterThan(0);
    const sent = everything([shop.own.creates, shop.cards.creates]);
    if (shop.own.creates.length > 0) expect(sent).toContain(EMAIL);
    const closing = shop.pay.close();
    await shop.clock.advance(60_000);
    await closing;
  });

  it("a configuration that is refused", () => {
    const good = { providers: { own: fakeProvider() }, store: memoryStore(), baseUrl: BASE, secret: SECRETS };
    const bad = [
      { secret: "CanarySecret" },
      { secret: [SECRETS[0], "CanarySecret"] },
      { baseUrl: "https://canary:CanarySecret@shop.example/" },
      { default: "CanarySecret" },
      { store: "CanarySecret" },
      { providers: { own: "CanarySecret" } },
      { logger: undefined, unknown: "CanarySecret" },
    ];
    for (const over of bad) {
      let failure: unknown;
      try {
        createPay({ ...good, ...over } as never);
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(PayError);
      expect(everything(failure).toLowerCase()).not.toContain("canarysecret");
    }
  });

  it("nothing at all, if the search for them did not work: what the store is given is found", async () => {
    const shop = await createShop();
    await shop.checkout({ description: `for ${EMAIL}` });
    expect(shop.leaks()).toEqual(expect.arrayContaining([`${EMAIL} in rows`]));
    const closing = shop.pay.close();
    await shop.clock.advance(60_000);
    await closing;
  });
});
