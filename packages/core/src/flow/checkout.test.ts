import { describe, expect, it } from "@jest/globals";
import { createBench } from "../../test/bench.ts";
import { errorOf } from "../../test/error-of.ts";
import { fakeProvider, pageOf, ref } from "../../test/fake-provider.ts";
import { settled, until } from "../../test/manual-clock.ts";
import type { CreateOutcome } from "../contract/provider.ts";
import { PayError } from "../model/errors.ts";
import { createKeyring } from "../security/keyring.ts";
import { sweep } from "./sweep.ts";

const PAGE = "https://gateway.example/pay/1";
const ACCEPTED: CreateOutcome = { kind: "accepted", ref: ref("R1"), next: { kind: "redirect", url: PAGE } };
const REJECTED: CreateOutcome = {
  kind: "rejected",
  code: "invalid_request",
  retryable: false,
  providerCode: "E17",
  field: "buyer.email",
};
const BUSY: CreateOutcome = { kind: "rejected", code: "unavailable", retryable: true, providerCode: "429" };
const NOT_SENT: CreateOutcome = { kind: "not_sent", cause: new Error("ECONNREFUSED") };
const UNKNOWN: CreateOutcome = { kind: "unknown", cause: new Error("ECONNRESET") };

const answering = (outcome: CreateOutcome, account = "fake:1") => {
  const provider = fakeProvider({ account });
  provider.onCreate = () => outcome;
  return provider;
};

/** A provider whose create waits until the test says what came of it. */
function hanging() {
  const provider = fakeProvider();
  const answer = Promise.withResolvers<CreateOutcome>();
  provider.onCreate = () => answer.promise;
  return { provider, answer: answer.resolve };
}

const ids = (provider: ReturnType<typeof fakeProvider>) => provider.creates.map(({ paymentId }) => paymentId);

describe("checkout, by what comes of the create", () => {
  it("hands out the buyer's next step once an accepted payment is stored", async () => {
    const cards = answering(ACCEPTED);
    const bench = createBench({ providers: { cards } });
    const result = await bench.checkout();
    expect(result).toMatchObject({
      orderId: "order-1",
      state: "pending",
      amount: { amount: 1999, currency: "PLN" },
      provider: "cards",
      adapter: "fake",
      account: "fake:1",
      ref: "R1",
      next: { kind: "redirect", url: PAGE },
    });
    expect(result.expiresAt).toBe(result.createdAt + 3_600_000);
    expect((await bench.record(result.id)).payment).toMatchObject({ state: "pending", ref: "R1" });
    expect(await bench.facts(result.id)).toEqual(["opened", "create_accepted"]);
  });

  it("saves the payment as created before the gateway is asked", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const seen: string[] = [];
    cards.onCreate = async ({ paymentId }) => {
      seen.push((await bench.record(paymentId)).payment.state);
      return ACCEPTED;
    };
    await bench.checkout();
    expect(seen).toEqual(["created"]);
  });

  it("takes the gateway's own deadline where it names one", async () => {
    const expiresAt = Date.UTC(2026, 0, 15, 12, 5);
    const bench = createBench({ providers: { cards: answering({ ...ACCEPTED, expiresAt }) } });
    expect((await bench.checkout()).expiresAt).toBe(expiresAt);
  });

  it("lets the buyer wait where there is nothing to do", async () => {
    const bench = createBench({ providers: { cards: answering({ kind: "accepted", next: { kind: "wait" } }) } });
    const result = await bench.checkout();
    expect(result.next).toEqual({ kind: "wait" });
    expect(result.ref).toBeUndefined();
  });

  it.each([
    ["rejected", REJECTED, "CREATE_REJECTED", false, "failed", "create_rejected"],
    ["rejected for now", BUSY, "PROVIDER_UNAVAILABLE", true, "failed", "create_rejected"],
    ["not sent", NOT_SENT, "PROVIDER_UNAVAILABLE", true, "failed", "create_not_sent"],
    ["unknown", UNKNOWN, "OUTCOME_UNKNOWN", false, "unknown", "create_unknown"],
  ])("throws for what was %s, and keeps the payment", async (_, outcome, code, retryable, state, fact) => {
    const cards = answering(outcome);
    const bench = createBench({ providers: { cards } });
    const error = await errorOf(bench.checkout());
    expect(error).toMatchObject({ code, retryable, provider: "cards", paymentId: ids(cards)[0] });
    expect((await bench.record(ids(cards)[0]!)).payment.state).toBe(state);
    expect(await bench.facts(ids(cards)[0]!)).toEqual(["opened", fact]);
  });

  it("names the gateway's code and the field it complains about", async () => {
    const bench = createBench({ providers: { cards: answering(REJECTED) } });
    expect(await errorOf(bench.checkout())).toMatchObject({ providerCode: "E17", field: "buyer.email" });
  });

  it.each([
    ["throws", () => Promise.reject(new RangeError("no"))],
    [
      "throws at once",
      () => {
        throw new RangeError("no");
      },
    ],
    ["answers nothing", () => undefined as unknown as CreateOutcome],
    ["answers what nobody knows", () => ({ kind: "fine" }) as unknown as CreateOutcome],
  ])("takes the outcome for unknown if the adapter %s", async (_, onCreate) => {
    const cards = fakeProvider();
    cards.onCreate = onCreate;
    const bench = createBench({ providers: { cards } });
    expect(await errorOf(bench.checkout())).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect((await bench.record(ids(cards)[0]!)).payment.state).toBe("unknown");
    expect(bench.logger.lines).toEqual([expect.objectContaining({ level: "error" })]);
  });

  it("gives up a create that hangs, aborts it, and takes its outcome for unknown", async () => {
    const { provider: cards, answer } = hanging();
    const signals: AbortSignal[] = [];
    const wait = cards.onCreate;
    cards.onCreate = (request, call) => {
      signals.push(call.signal);
      return wait(request, call);
    };
    const bench = createBench({ providers: { cards } });
    const failing = errorOf(bench.checkout());
    await bench.clock.advance(29_999);
    expect((await bench.record(ids(cards)[0]!)).payment.state).toBe("created");
    expect(signals[0]?.aborted).toBe(false);
    await bench.clock.advance(1);
    expect(await failing).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: ids(cards)[0] });
    expect(signals[0]?.aborted).toBe(true);
    // What comes after all changes nothing any more.
    answer(ACCEPTED);
    await settled();
    expect(await bench.facts(ids(cards)[0]!)).toEqual(["opened", "create_unknown"]);
  });

  it("leaves no sleeper behind once the gateway answered", async () => {
    const bench = createBench();
    await bench.checkout();
    await settled();
    expect(bench.clock.sleeping()).toEqual([]);
  });

  it("appends the payment to the return address, and gives both to the gateway", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const returnUrl = { success: "https://shop.example/paid?lang=pl", failure: "https://shop.example/not" };
    const { id } = await bench.checkout({ returnUrl });
    expect(cards.creates[0]?.returnUrl).toEqual({
      success: `https://shop.example/paid?lang=pl&payment=${id}`,
      failure: `https://shop.example/not?payment=${id}`,
    });
  });

  it("gives the gateway an address of the payment's own only where callbacks are told apart by it", async () => {
    const fixed = fakeProvider({ account: "a" });
    const own = fakeProvider({ account: "b", callback: { correlation: "callback-url" } });
    const bench = createBench({ providers: { fixed, own } });
    await bench.checkout();
    const { id } = await bench.checkout({ provider: "own", orderId: "order-2" });
    expect(fixed.creates[0]?.callbackUrl).toBe("https://shop.example/pay/callbacks/fixed");
    expect(own.creates[0]?.callbackUrl).toMatch(
      new RegExp(`^https://shop\\.example/pay/callbacks/own/${id}/[0-9a-f]{8}\\.[\\w-]{43}$`),
    );
  });

  it("gives the gateway the reference, and the options chosen for it alone", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards, other: fakeProvider({ account: "b" }) } });
    const { id } = await bench.checkout({ provider: ["cards", "other"], options: { cards: { method: "blik" } } });
    expect(cards.creates[0]).toMatchObject({ reference: id.slice(4), options: { method: "blik" } });
    expect(cards.creates[0]?.reference).toMatch(/^[0-9a-z]{26}$/);
  });
});

describe("checkout, when the store fails", () => {
  it("does not ask the gateway for what could not be saved", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    bench.store.failNext("open");
    expect(await errorOf(bench.checkout())).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(cards.creates).toEqual([]);
  });

  it("sends no buyer to pay when the gateway's answer could not be stored", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    bench.store.failNext("settle");
    const error = await errorOf(bench.checkout());
    expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", provider: "cards", paymentId: ids(cards)[0] });
    expect(error).not.toHaveProperty("next");
    expect((await bench.record(ids(cards)[0]!)).payment.state).toBe("created");
  });

  it("tries no other provider then, since the first one has the payment", async () => {
    const second = fakeProvider({ account: "b" });
    const bench = createBench({ providers: { first: answering(NOT_SENT, "a"), second } });
    bench.store.failNext("settle");
    expect(await errorOf(bench.checkout({ provider: ["first", "second"] }))).toMatchObject({
      code: "STORE_UNAVAILABLE",
    });
    expect(second.creates).toEqual([]);
  });
});

describe("checkout with a list of providers", () => {
  it.each([
    ["was not sent", NOT_SENT],
    ["was rejected for now", BUSY],
  ])("goes on to the next one when the first %s, with a payment of its own", async (_, outcome) => {
    const first = answering(outcome, "a");
    const second = fakeProvider({ account: "b", callback: { correlation: "callback-url" } });
    const bench = createBench({ providers: { first, second } });
    const result = await bench.checkout({ provider: ["first", "second"] });
    expect(result).toMatchObject({ provider: "second", account: "b", state: "pending", orderId: "order-1" });
    expect(result.id).toBe(ids(second)[0]);
    expect(ids(first)[0]).not.toBe(result.id);
    expect(second.creates[0]?.callbackUrl).toContain(result.id);
    expect((await bench.record(ids(first)[0]!)).payment).toMatchObject({ state: "failed", orderId: "order-1" });
    expect(await bench.store.paymentsOfOrder("order-1")).toHaveLength(2);
  });

  it.each([
    ["is unknown", UNKNOWN, "OUTCOME_UNKNOWN"],
    ["is a rejection for good", REJECTED, "CREATE_REJECTED"],
  ])("stops when an outcome %s", async (_, outcome, code) => {
    const first = answering(outcome, "a");
    const second = fakeProvider({ account: "b" });
    const bench = createBench({ providers: { first, second } });
    expect(await errorOf(bench.checkout({ provider: ["first", "second"] }))).toMatchObject({ code });
    expect(second.creates).toEqual([]);
  });

  it("stops when the first one hangs past its time", async () => {
    const { provider: first } = hanging();
    const second = fakeProvider({ account: "b" });
    const bench = createBench({ providers: { first, second } });
    const failing = errorOf(bench.checkout({ provider: ["first", "second"] }));
    await bench.clock.advance(30_000);
    expect(await failing).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(second.creates).toEqual([]);
  });

  it("stops when the first payment was failed by a callback although its create arrived", async () => {
    const first = answering(ACCEPTED, "a");
    const second = fakeProvider({ account: "b" });
    const bench = createBench({ providers: { first, second } });
    first.onCreate = async ({ paymentId }) => {
      await bench.notify("first", { kind: "notification", about: { paymentId }, observed: { status: "failed" } });
      return ACCEPTED;
    };
    const error = await errorOf(bench.checkout({ provider: ["first", "second"] }));
    expect(error).toMatchObject({ code: "CREATE_REJECTED", paymentId: ids(first)[0] });
    expect(second.creates).toEqual([]);
  });

  it("throws what came of the last one when all are unavailable", async () => {
    const bench = createBench({ providers: { first: answering(NOT_SENT, "a"), second: answering(BUSY, "b") } });
    const error = await errorOf(bench.checkout({ provider: ["first", "second"] }));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", provider: "second", providerCode: "429" });
  });

  it("does not try another one for an order that was paid meanwhile", async () => {
    const second = fakeProvider({ account: "b" });
    const first = fakeProvider({ account: "a" });
    const bench = createBench({ providers: { first, second } });
    first.onCreate = async () => {
      const paid = await bench.checkout({ provider: "second" });
      await bench.notify("second", {
        kind: "notification",
        about: { paymentId: paid.id },
        observed: { status: "succeeded" },
      });
      return NOT_SENT;
    };
    const error = await errorOf(bench.checkout({ provider: ["first", "second"] }));
    expect(error).toMatchObject({ code: "ORDER_ALREADY_PAID" });
    expect(second.creates).toHaveLength(1);
  });
});

describe("checkout of a paid order", () => {
  it("is refused, names the payment, and asks no gateway", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const { id } = await bench.checkout();
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, observed: { status: "succeeded" } });
    expect(await errorOf(bench.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
    expect(cards.creates).toHaveLength(1);
  });

  it("is allowed again while the first payment is not paid", async () => {
    const bench = createBench();
    const first = await bench.checkout();
    const second = await bench.checkout();
    expect(second.id).not.toBe(first.id);
  });
});

describe("a callback before create's answer", () => {
  it("that says paid makes the checkout come back succeeded, with nothing left to do", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await bench.notify("cards", { kind: "notification", about: { paymentId }, observed: { status: "succeeded" } });
      return ACCEPTED;
    };
    expect(await bench.checkout()).toMatchObject({ state: "succeeded", next: { kind: "wait" }, ref: "R1" });
    expect(await bench.facts(ids(cards)[0]!)).toEqual(["opened", "succeeded", "create_accepted"]);
    expect(bench.wakes).toBe(1);
  });

  it("by a ref nobody knows yet is kept, and settles the payment as soon as create says the ref", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const outcomes = [];
    cards.onCreate = async () => {
      outcomes.push(
        await bench.notify("cards", {
          kind: "notification",
          about: { ref: ref("R1") },
          observed: { status: "succeeded" },
        }),
      );
      return ACCEPTED;
    };
    expect(await bench.checkout()).toMatchObject({ state: "succeeded", next: { kind: "wait" }, ref: "R1" });
    expect(cards.outcomes).toEqual([{ kind: "unknown_payment" }]);
    expect(await bench.facts(ids(cards)[0]!)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(bench.wakes).toBe(1);
  });

  it("that says failed ends the checkout without sending the buyer anywhere", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await bench.notify("cards", { kind: "notification", about: { paymentId }, observed: { status: "failed" } });
      return ACCEPTED;
    };
    expect(await errorOf(bench.checkout())).toMatchObject({ code: "CREATE_REJECTED", paymentId: ids(cards)[0] });
    expect((await bench.record(ids(cards)[0]!)).payment.state).toBe("failed");
  });

  it("that says pending lets the buyer go on as usual", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await bench.notify("cards", { kind: "notification", about: { paymentId }, observed: { status: "pending" } });
      return ACCEPTED;
    };
    expect(await bench.checkout()).toMatchObject({ state: "pending", next: { kind: "redirect", url: PAGE } });
  });

  it("that says paid stands although create was rejected, and a person is asked", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await bench.notify("cards", { kind: "notification", about: { paymentId }, observed: { status: "succeeded" } });
      return REJECTED;
    };
    expect(await bench.checkout()).toMatchObject({ state: "succeeded", next: { kind: "wait" } });
    expect(await bench.reviews()).toEqual(["contradiction"]);
  });
});

describe("an idempotency key", () => {
  const KEY = { idempotencyKey: "key-1" };

  it("answers a repetition with the same payment and asks the gateway once", async () => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards } });
    const first = await bench.checkout(KEY);
    expect(await bench.checkout(KEY)).toEqual(first);
    expect(first.next).toEqual({ kind: "redirect", url: pageOf({ paymentId: first.id }) });
    expect(cards.creates).toHaveLength(1);
  });

  it("does not merge checkouts under other keys, or without", async () => {
    const bench = createBench();
    const made = [
      await bench.checkout(KEY),
      await bench.checkout({ idempotencyKey: "key-2" }),
      await bench.checkout(),
      await bench.checkout(),
    ];
    expect(new Set(made.map(({ id }) => id)).size).toBe(4);
  });

  it.each([
    ["rejected", REJECTED],
    ["unavailable", BUSY],
    ["not sent", NOT_SENT],
    ["unknown", UNKNOWN],
  ])("answers a repetition of what was %s with the same error", async (_, outcome) => {
    const cards = answering(outcome);
    const bench = createBench({ providers: { cards } });
    const first = await errorOf(bench.checkout(KEY));
    const again = await errorOf(bench.checkout(KEY));
    expect({ ...again, message: again.message }).toEqual({ ...first, message: first.message });
    expect(cards.creates).toHaveLength(1);
  });

  it("names one try after another: the repetition of a fallback ends at the same payment", async () => {
    const first = answering(NOT_SENT, "a");
    const second = fakeProvider({ account: "b" });
    const bench = createBench({ providers: { first, second } });
    const over = { ...KEY, provider: ["first", "second"] };
    const made = await bench.checkout(over);
    expect(await bench.checkout(over)).toEqual(made);
    expect(await errorOf(bench.checkout({ ...over, provider: "first" }))).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
    expect([first.creates.length, second.creates.length]).toEqual([1, 1]);
  });

  it("goes on where a process died between two tries", async () => {
    const first = answering(NOT_SENT, "a");
    const second = fakeProvider({ account: "b" });
    const bench = createBench({ providers: { first, second } });
    const over = { ...KEY, provider: ["first", "second"] };
    const open = bench.store.open;
    bench.store.open = async (request) => {
      if (request.record.payment.provider === "second") throw new Error("the process died here");
      return open(request);
    };
    expect(await errorOf(bench.checkout(over))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    bench.store.open = open;
    expect(await bench.checkout(over)).toMatchObject({ provider: "second" });
    expect([first.creates.length, second.creates.length]).toEqual([1, 1]);
  });

  it("finds its payment also once the order is paid", async () => {
    const bench = createBench();
    const { id } = await bench.checkout(KEY);
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, observed: { status: "succeeded" } });
    expect(await bench.checkout(KEY)).toMatchObject({ id, state: "succeeded", next: { kind: "wait" } });
  });

  it.each([
    ["orderId", { orderId: "order-2" }],
    ["amount", { amount: { amount: 2000, currency: "PLN" } }],
    ["amount", { amount: { amount: 1999, currency: "EUR" } }],
    ["description", { description: "Something else" }],
    ["provider", { provider: ["cards", "other"] }],
    ["returnUrl", { returnUrl: "https://shop.example/other" }],
    ["buyer.ip", { buyer: { ip: "203.0.113.8", email: "buyer@example.com", language: "pl" } }],
    ["buyer.email", { buyer: { ip: "203.0.113.7", email: "other@example.com", language: "pl" } }],
    ["buyer.language", { buyer: { ip: "203.0.113.7", email: "buyer@example.com" } }],
    ["options", { options: { cards: { method: "blik" } } }],
  ])("is refused for another request: %s differs", async (field, over) => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards, other: fakeProvider({ account: "b" }) } });
    const first = await bench.checkout(KEY);
    const error = await errorOf(bench.checkout({ ...KEY, ...over }));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: [field], paymentId: first.id });
    expect(cards.creates).toHaveLength(1);
  });

  it("names all fields that differ, and no value", async () => {
    const bench = createBench();
    await bench.checkout(KEY);
    const error = await errorOf(
      bench.checkout({ ...KEY, orderId: "order-2", buyer: { ip: "203.0.113.7", email: "secret@example.com" } }),
    );
    expect(error.fields).toEqual(["orderId", "buyer.email", "buyer.language"]);
    expect(error.message).not.toContain("secret@");
  });

  it("does not mind the order in which options are written", async () => {
    const bench = createBench();
    const first = await bench.checkout({ ...KEY, options: { cards: { a: 1, b: { c: 2, d: [3, 4] } } } });
    const again = await bench.checkout({ ...KEY, options: { cards: { b: { d: [3, 4], c: 2 }, a: 1 } } });
    expect(again.id).toBe(first.id);
    expect(
      await errorOf(bench.checkout({ ...KEY, options: { cards: { a: 1, b: { c: 2, d: [4, 3] } } } })),
    ).toMatchObject({ fields: ["options"] });
  });

  it("is still compared after the secret was rotated, as long as the old one is there", async () => {
    const [older, newer] = ["the older secret of the shop, 32 and more", "the newer secret of the shop, 32 and more"];
    const bench = createBench({ secret: older });
    const first = await bench.checkout(KEY);
    const rotate = (secret: string[]) => Object.assign(bench.deps, { keyring: createKeyring(secret) });
    rotate([newer, older]);
    expect(await bench.checkout(KEY)).toEqual(first);
    expect(await errorOf(bench.checkout({ ...KEY, orderId: "order-2" }))).toMatchObject({ fields: ["orderId"] });
    rotate([newer]);
    expect(await errorOf(bench.checkout(KEY))).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: ["key"] });
  });

  it("lets a racing call wait for the first one and answer the same", async () => {
    const { provider: cards, answer } = hanging();
    const bench = createBench({ providers: { cards } });
    const first = bench.checkout(KEY);
    const racing = bench.checkout(KEY);
    await bench.clock.advance(1000);
    answer(ACCEPTED);
    await bench.clock.advance(100);
    expect(await racing).toEqual(await first);
    expect(cards.creates).toHaveLength(1);
  });

  it.each(["pending", "failed"] as const)(
    "lets a racing call wait for the first one's answer also when a callback said %s before",
    async (status) => {
      const { provider: cards, answer } = hanging();
      const bench = createBench({ providers: { cards } });
      const first = bench.checkout(KEY).catch((error: unknown) => error);
      await until(() => cards.creates.length === 1);
      const about = { paymentId: ids(cards)[0]! };
      await bench.notify("cards", { kind: "notification", about, observed: { status } });
      const racing = bench.checkout(KEY).catch((error: unknown) => error);
      await bench.clock.advance(100);
      answer(ACCEPTED);
      await bench.clock.advance(100);
      expect(await racing).toEqual(await first);
      expect(await first).toMatchObject(
        status === "pending" ? { next: { kind: "redirect" } } : { code: "CREATE_REJECTED" },
      );
    },
  );

  it("refuses a racing call for another request at once", async () => {
    const { provider: cards } = hanging();
    const bench = createBench({ providers: { cards } });
    void bench.checkout(KEY);
    expect(await errorOf(bench.checkout({ ...KEY, orderId: "order-2" }))).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
  });

  it("of a payment whose process died is IN_PROGRESS, until the sweep takes its outcome for unknown", async () => {
    const bench = createBench();
    bench.store.failNext("settle");
    const { paymentId } = await errorOf(bench.checkout(KEY));
    const waiting = errorOf(bench.checkout(KEY));
    await bench.clock.advance(30_000);
    expect(await waiting).toMatchObject({ code: "IN_PROGRESS", retryable: true, paymentId });
    expect(await errorOf(bench.checkout(KEY))).toMatchObject({ code: "IN_PROGRESS" });
    await bench.clock.advance(30_000);
    await sweep(bench.deps);
    expect(await errorOf(bench.checkout(KEY))).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId });
  });

  it("keeps nobody waiting longer because the clock was set back", async () => {
    const { provider: cards } = hanging();
    const bench = createBench({ providers: { cards } });
    void bench.checkout(KEY).catch(() => {});
    await until(() => cards.creates.length === 1);
    const racing = errorOf(bench.checkout(KEY));
    await settled();
    bench.clock.step(-24 * 3_600_000);
    const late = errorOf(bench.checkout(KEY));
    await settled();
    await bench.clock.advance(30_100);
    expect(["IN_PROGRESS", "OUTCOME_UNKNOWN"]).toContain((await racing).code);
    expect(["IN_PROGRESS", "OUTCOME_UNKNOWN"]).toContain((await late).code);
  });
});

describe("checkout refuses a bad request before anything is stored or sent", () => {
  const buyer = { ip: "203.0.113.7", email: "buyer@example.com", language: "pl" };
  const amount = (value: unknown, currency: unknown = "PLN") => ({ amount: { amount: value, currency } });
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  const BAD: readonly (readonly [name: string, over: object, field: string, code?: string])[] = [
    ["a currency the provider does not take", amount(1999, "USD"), "amount.currency"],
    ["a currency that does not exist", amount(1999, "ZZZ"), "amount.currency", "INVALID_AMOUNT"],
    ["a currency in lower case", amount(1999, "pln"), "amount.currency", "INVALID_AMOUNT"],
    ["a negative amount", amount(-1), "amount", "INVALID_AMOUNT"],
    ["zero", amount(0), "amount", "INVALID_AMOUNT"],
    ["minus zero", amount(-0), "amount", "INVALID_AMOUNT"],
    ["fractions of a grosz", amount(19.99), "amount", "INVALID_AMOUNT"],
    ["more than can be kept exactly", amount(2 ** 53), "amount", "INVALID_AMOUNT"],
    ["infinitely much", amount(Number.POSITIVE_INFINITY), "amount", "INVALID_AMOUNT"],
    ["no number", amount(Number.NaN), "amount", "INVALID_AMOUNT"],
    ["a number as text", amount("1999"), "amount", "INVALID_AMOUNT"],
    ["a bigint", amount(1999n), "amount", "INVALID_AMOUNT"],
    ["a bare number", { amount: 1999 }, "amount", "INVALID_AMOUNT"],
    ["no amount", { amount: undefined }, "amount", "INVALID_AMOUNT"],
    ["null for an amount", { amount: null }, "amount", "INVALID_AMOUNT"],
    ["an IP address with a port", { buyer: { ...buyer, ip: "203.0.113.7:443" } }, "buyer.ip"],
    ["an IP address out of range", { buyer: { ...buyer, ip: "203.0.113.256" } }, "buyer.ip"],
    ["an IP address with a zone", { buyer: { ...buyer, ip: "fe80::1%eth0" } }, "buyer.ip"],
    ["a list of IP addresses", { buyer: { ...buyer, ip: "203.0.113.7, 10.0.0.1" } }, "buyer.ip"],
    ["a number for an IP address", { buyer: { ...buyer, ip: 3405803783 } }, "buyer.ip"],
    ["an e-mail address without @", { buyer: { ...buyer, email: "buyer.example.com" } }, "buyer.email"],
    ["two e-mail addresses", { buyer: { ...buyer, email: "a@example.com,b@example.com" } }, "buyer.email"],
    [
      "an e-mail address with a line break",
      { buyer: { ...buyer, email: "a@example.com\nBcc: b@example.com" } },
      "buyer.email",
    ],
    ["an e-mail address without a domain", { buyer: { ...buyer, email: "buyer@localhost" } }, "buyer.email"],
    ["an endless e-mail address", { buyer: { ...buyer, email: `a@${"b.".repeat(200)}com` } }, "buyer.email"],
    ["a list for an e-mail address", { buyer: { ...buyer, email: ["a@example.com"] } }, "buyer.email"],
    ["a language that is a locale", { buyer: { ...buyer, language: "pl-PL" } }, "buyer.language"],
    ["a field nobody knows of the buyer", { buyer: { ...buyer, phone: "1" } }, "buyer.phone"],
    ["no buyer", { buyer: undefined }, "buyer"],
    ["null for a buyer", { buyer: null }, "buyer"],
    ["a text for a buyer", { buyer: "buyer@example.com" }, "buyer"],
    ["a buyer without what the provider needs", { buyer: { email: "buyer@example.com" } }, "buyer.ip"],
    ["a buyer without what a fallback needs", { provider: ["cards", "needy"], buyer: { ip: buyer.ip } }, "buyer.email"],
    ["http for a return address", { returnUrl: "http://shop.example/" }, "returnUrl"],
    ["a script for a return address", { returnUrl: "javascript:alert(1)" }, "returnUrl"],
    ["a path for a return address", { returnUrl: "/thanks" }, "returnUrl"],
    ["a return address with credentials", { returnUrl: "https://user:pw@shop.example/" }, "returnUrl"],
    ["a return address with a line break", { returnUrl: "https://shop.example/\r\nX: y" }, "returnUrl"],
    ["an endless return address", { returnUrl: `https://shop.example/${"a".repeat(2000)}` }, "returnUrl"],
    ["no return address", { returnUrl: undefined }, "returnUrl"],
    [
      "http after a failure",
      { returnUrl: { success: "https://a.example/", failure: "http://a.example/" } },
      "returnUrl.failure",
    ],
    ["no address after a failure", { returnUrl: { success: "https://a.example/" } }, "returnUrl.failure"],
    [
      "a third return address",
      { returnUrl: { success: "https://a.example/", failure: "https://a.example/", cancel: "x" } },
      "returnUrl.cancel",
    ],
    ["a field nobody knows", { callbackUrl: "https://evil.example/" }, "callbackUrl"],
    ["an empty order", { orderId: "" }, "orderId"],
    ["an endless order", { orderId: "x".repeat(201) }, "orderId"],
    ["an order with NUL", { orderId: "order\0" }, "orderId"],
    ["an order with a lone surrogate", { orderId: "order\ud800" }, "orderId"],
    ["a number for an order", { orderId: 42 }, "orderId"],
    ["an empty description", { description: "" }, "description"],
    ["a description of two lines", { description: "a\nb" }, "description"],
    ["an empty idempotency key", { idempotencyKey: "" }, "idempotencyKey"],
    ["a number for an idempotency key", { idempotencyKey: 1 }, "idempotencyKey"],
    ["a provider nobody configured", { provider: "paypal" }, "provider"],
    ["a provider named like a method", { provider: "constructor" }, "provider"],
    ["an unknown fallback", { provider: ["cards", "paypal"] }, "provider"],
    ["the same provider twice", { provider: ["cards", "cards"] }, "provider"],
    ["an empty list of providers", { provider: [] }, "provider"],
    ["a list with a hole", { provider: new Array(1) }, "provider"],
    ["a number for a provider", { provider: 1 }, "provider"],
    ["options of a provider not chosen", { options: { needy: {} } }, "options.needy"],
    ["a text for options", { options: "blik" }, "options"],
    ["null for options", { options: null }, "options"],
    ["options that contain themselves", { options: { cards: circular } }, "options"],
    ["options with a bigint", { options: { cards: { n: 1n } }, idempotencyKey: "k" }, "options"],
    ["what the adapter refuses", { options: { cards: { refuse: true } } }, "options.cards.refuse"],
  ];

  const refusing = () => {
    const cards = fakeProvider({ account: "a", needs: ["ip"], check: refuseOption });
    const needy = fakeProvider({ account: "b", needs: ["ip", "email"] });
    return { bench: createBench({ providers: { cards, needy } }), cards, needy };
  };

  it.each(BAD)("%s", async (_, over, field, code = "INVALID_REQUEST") => {
    const { bench, cards, needy } = refusing();
    const error = await errorOf(bench.checkout(over));
    expect({ code: error.code, field: error.field }).toEqual({ code, field });
    expect(error.retryable).toBe(false);
    expect(error.paymentId).toBeUndefined();
    expect(bench.store.calls).toEqual([]);
    expect([...cards.creates, ...needy.creates]).toEqual([]);
  });

  it.each([undefined, null, "order-1", 42, true])("%p for a request", async (request) => {
    const { bench, cards } = refusing();
    bench.request = () => request as never;
    expect(await errorOf(bench.checkout())).toMatchObject({ code: "INVALID_REQUEST", field: "request" });
    expect(bench.store.calls).toEqual([]);
    expect(cards.creates).toEqual([]);
  });

  it.each([[[]], [{}], [() => {}]])("%p for a request, which has nothing in it", async (request) => {
    const { bench } = refusing();
    bench.request = () => request as never;
    expect((await errorOf(bench.checkout())).code).toBe("INVALID_REQUEST");
    expect(bench.store.calls).toEqual([]);
  });

  it("asks for a provider where there is no default", async () => {
    const bench = createBench();
    Object.assign(bench.deps, { defaultProvider: undefined });
    expect(await errorOf(bench.checkout())).toMatchObject({ code: "INVALID_REQUEST", field: "provider" });
  });

  it("repeats no value in its errors", async () => {
    const { bench } = refusing();
    const canary = "canary\u0007value";
    for (const key of [
      "orderId",
      "description",
      "returnUrl",
      "buyer",
      "provider",
      "idempotencyKey",
      "amount",
      "options",
    ]) {
      expect((await errorOf(bench.checkout({ [key]: canary }))).message).not.toContain("canary");
    }
  });

  it("takes what is odd but right", async () => {
    const { bench } = refusing();
    const result = await bench.checkout({
      orderId: "Zamówienie nr 1/2026 — ½",
      buyer: { ip: "2001:db8::1", email: "o'brien+shop@sub.example.co.uk" },
      returnUrl: "http://localhost:3000/thanks",
      amount: { amount: Number.MAX_SAFE_INTEGER, currency: "EUR" },
    });
    expect(result.amount.amount).toBe(Number.MAX_SAFE_INTEGER);
  });
});

function refuseOption({ options }: { options?: unknown }): void {
  if ((options as { refuse?: boolean } | undefined)?.refuse) {
    throw new PayError("INVALID_REQUEST", "options.cards.refuse is refused.", { field: "options.cards.refuse" });
  }
}
