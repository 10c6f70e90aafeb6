import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../test/support/error-of.ts";
import { failureOf } from "../../../test/support/failure-of.ts";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { post } from "../test/requests.ts";
import { BASE, createShop, ORDER } from "../test/shop.ts";
import { watchedStore } from "../test/watched-store.ts";
import type { Call, CreateOutcome } from "./contract/provider.ts";
import { createPay } from "./pay.ts";
import { fakeProvider, providerReference } from "./testing/fake-provider.ts";
import { idle, manualClock, until } from "./testing/manual-clock.ts";

describe("a Pay", () => {
  it("takes a payment from checkout to the handler", async () => {
    const { pay, events } = createShop();
    await pay.start();
    const payment = await pay.checkout(ORDER);
    const response = await pay.fetch(
      post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: payment.providerReference }),
    );
    expect(response.status).toBe(200);
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({
      type: "payment.succeeded",
      late: false,
      payment: { id: payment.id, state: "succeeded" },
    });
    expect(await pay.payments.get(payment.id)).toEqual(events[0]?.payment);
    expect((await pay.orders.get("order-1")).payments).toEqual([expect.objectContaining(events[0]?.payment ?? {})]);
    expect((await pay.payments.history(payment.id)).map(({ fact }) => fact.kind)).toEqual([
      "opened",
      "create_accepted",
      "succeeded",
    ]);
    await until(async () => (await pay.deliveries.list(payment.id))[0]?.status === "delivered");
    expect((await pay.reviews.list()).reviews).toEqual([]);
    await pay.close();
  });

  it("sweeps while it runs", async () => {
    const { pay, clock } = createShop();
    await pay.start();
    const { id } = await pay.checkout(ORDER);
    await clock.advance(3_600_000 + 10_000);
    expect((await pay.payments.get(id))?.state).toBe("expired");
    await pay.close();
  });

  it("knows nothing of a payment nobody opened", async () => {
    const { pay } = createShop();
    await pay.start();
    for (const id of ["", "pay_", "nobody", "__proto__", "pay_01h455vb4pex5vsknk084sn02q"]) {
      expect(await pay.payments.get(id)).toBeUndefined();
      expect(await pay.payments.history(id)).toEqual([]);
      expect(await pay.deliveries.list(id)).toEqual([]);
    }
    await pay.close();
  });

  it("mounts where its path is, with or without a final slash", async () => {
    for (const baseUrl of [
      "https://shop.example",
      "https://shop.example/",
      "https://shop.example/a/b",
      "https://shop.example/a/b//",
    ]) {
      const cards = fakeProvider();
      const pay = createPay({
        ...BASE,
        baseUrl,
        providers: { cards },
        default: "cards",
        store: watchedStore(),
        clock: manualClock(),
        logger: quietLogger(),
      });
      pay.on("payment.succeeded", "vip", () => {});
      await pay.start();
      await pay.checkout(ORDER);
      const address = cards.creates[0]!.callbackUrl;
      expect(address).toBe(`${baseUrl.replace(/\/+$/, "")}/callbacks/cards`);
      expect((await pay.fetch(post(address, { status: "succeeded", providerReference: "R" }))).status).toBe(200);
      await pay.close();
    }
  });

  it("serves requests without its own `this`", async () => {
    const { pay } = createShop();
    await pay.start();
    const { fetch } = pay;
    expect((await fetch(new Request(`${BASE.baseUrl}/health`))).status).toBe(200);
    await pay.close();
  });

  it("sees nothing of another Pay in the process", async () => {
    const [one, two] = [createShop(), createShop()];
    await one.pay.start();
    await two.pay.start();
    const { id, providerReference: known } = await one.pay.checkout(ORDER);
    expect(await two.pay.payments.get(id)).toBeUndefined();
    expect(two.cards.creates).toEqual([]);
    await two.pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: known }));
    expect((await one.pay.payments.get(id))?.state).toBe("pending");
    await one.pay.close();
    expect((await two.pay.fetch(new Request(`${BASE.baseUrl}/health`))).status).toBe(200);
    await two.pay.close();
  });
});

describe("start", () => {
  it("refuses while nobody handles payment.succeeded, and opens nothing", async () => {
    const store = watchedStore();
    const pay = createPay({ ...BASE, providers: { cards: fakeProvider() }, store });
    pay.on("payment.failed", "log", () => {});
    expect(await errorOf(pay.start())).toMatchObject({
      code: "INVALID_CONFIG",
      field: "on",
      message: expect.stringMatching(/^Register a handler for "payment.succeeded" with pay.on\(\) before start\(\): /),
    });
    expect(store.calls).toEqual([]);
    pay.on("payment.succeeded", "vip", () => {});
    await pay.start();
    await pay.close();
  });

  it("can be called once", async () => {
    const { pay } = createShop();
    const starting = pay.start();
    expect(await errorOf(pay.start())).toMatchObject({ code: "INVALID_CONFIG", field: "start" });
    await starting;
    expect(await errorOf(pay.start())).toMatchObject({ code: "INVALID_CONFIG", field: "start" });
    await pay.close();
    expect(await errorOf(pay.start())).toMatchObject({ code: "INVALID_CONFIG", field: "start" });
  });

  it("that failed can be tried again", async () => {
    const { pay, store } = createShop();
    store.failNext("start");
    await expect(pay.start()).rejects.toThrow("the disk is full");
    expect(await errorOf(pay.checkout(ORDER))).toMatchObject({ code: "NOT_STARTED" });
    await pay.start();
    await pay.checkout(ORDER);
    await pay.close();
  });

  it("makes everything but the addresses available", async () => {
    const { pay, store } = createShop();
    const calls = [
      () => pay.checkout(ORDER),
      () => pay.payments.get("x"),
      () => pay.orders.get("x"),
      () => pay.payments.list(),
      () => pay.payments.history("x"),
      () => pay.reviews.list(),
      () => pay.deliveries.list("x"),
    ];
    for (const call of calls) expect(await errorOf(call())).toMatchObject({ code: "NOT_STARTED" });
    expect((await pay.fetch(new Request(`${BASE.baseUrl}/ready`))).status).toBe(503);
    expect(store.calls).toEqual([]);
    await pay.start();
    for (const call of calls) await call();
    await pay.close();
    for (const call of calls) expect(await errorOf(call())).toMatchObject({ code: "NOT_STARTED" });
  });
});

describe("on", () => {
  it("is too late after the start", async () => {
    const { pay } = createShop();
    await pay.start();
    expect(failureOf(() => pay.on("payment.failed", "log", () => {}))).toEqual({ code: "INVALID_CONFIG", field: "on" });
    await pay.close();
  });

  it("takes a name once per kind of event", () => {
    const { pay } = createShop();
    pay.on("payment.failed", "vip", () => {});
    expect(failureOf(() => pay.on("payment.succeeded", "vip", () => {}))).toEqual({
      code: "INVALID_CONFIG",
      field: "on",
    });
  });

  it.each(["", " ", "grant vip", "grant/vip", "-x", "x".repeat(64), "ł", undefined, null, 1, () => {}])(
    "refuses %p for a name",
    (name) => {
      const { pay } = createShop();
      expect(failureOf(() => pay.on("payment.failed", name as string, () => {}))).toEqual({
        code: "INVALID_CONFIG",
        field: "on",
      });
    },
  );

  it("begins its errors with its own name, and says what is wrong", () => {
    const { pay } = createShop();
    expect(() => pay.on("payment.paid" as "payment.failed", "log", () => {})).toThrow(
      /^on: the event must be one of payment\.succeeded, /,
    );
  });

  it("refuses what is no function", () => {
    const { pay } = createShop();
    expect(failureOf(() => pay.on("payment.failed", "log", undefined as never))).toEqual({
      code: "INVALID_CONFIG",
      field: "on",
    });
  });

  it("refuses a kind of event there is not, which would never be told", () => {
    const { pay } = createShop();
    expect(failureOf(() => pay.on("payment.paid" as "payment.failed", "log", () => {}))).toEqual({
      code: "INVALID_CONFIG",
      field: "on",
    });
  });
});

describe("close", () => {
  it("waits for a checkout that is at the gateway, and stores what comes of it", async () => {
    const { pay, cards, store } = createShop();
    const answer = Promise.withResolvers<CreateOutcome>();
    cards.onCreate = () => answer.promise;
    await pay.start();
    const paying = pay.checkout(ORDER);
    await until(() => cards.creates.length === 1);
    const closing = pay.close();
    await idle();
    expect(store.calls).not.toContain("close");
    expect(await errorOf(pay.checkout(ORDER))).toMatchObject({ code: "NOT_STARTED" });
    answer.resolve({ kind: "accepted", providerReference: providerReference("R"), next: { kind: "wait" } });
    expect((await paying).state).toBe("pending");
    await closing;
    expect(store.calls.at(-1)).toBe("close");
  });

  it("waits for a callback that is being recorded, and takes no more", async () => {
    const { pay, store } = createShop();
    await pay.start();
    const go = store.holdNext("update");
    const answering = pay.fetch(
      post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: "R" }),
    );
    await until(() => store.calls.includes("update"));
    const closing = pay.close();
    await idle();
    expect(store.calls).not.toContain("close");
    expect((await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, {}))).status).toBe(503);
    go();
    expect((await answering).status).toBe(200);
    await closing;
    expect(store.calls.at(-1)).toBe("close");
  });

  it("waits for a handler", async () => {
    const cards = fakeProvider();
    const { pay, store } = createShop({ cards });
    const granting = Promise.withResolvers<void>();
    pay.on("payment.succeeded", "slow", () => granting.promise);
    await pay.start();
    const { providerReference: known } = await pay.checkout(ORDER);
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: known }));
    await idle();
    const closing = pay.close();
    await idle();
    expect(store.calls).not.toContain("close");
    granting.resolve();
    await closing;
    expect(store.calls.at(-1)).toBe("close");
  });

  describe("while a handler hangs", () => {
    async function hanging(run: (signal: AbortSignal) => unknown = () => new Promise(() => {})) {
      const { pay, clock, store } = createShop();
      const signals: AbortSignal[] = [];
      pay.on("payment.succeeded", "hangs", (_, { signal }) => {
        signals.push(signal);
        return run(signal);
      });
      await pay.start();
      const { id, providerReference: known } = await pay.checkout(ORDER);
      await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: known }));
      await until(() => signals.length === 1);
      const delivery = async () => (await store.deliveries(id)).find(({ handler }) => handler === "hangs");
      return { pay, clock, store, signals, delivery };
    }

    it.each<[string, (signal: AbortSignal) => unknown]>([
      ["ignores its signal", () => new Promise(() => {})],
      [
        "throws what its signal says",
        (signal) => new Promise((_, no) => signal.addEventListener("abort", () => no(signal.reason))),
      ],
    ])("aborts it at its deadline and returns, and the event, whose handler %s, is due at once", async (_, run) => {
      const { clock, delivery, pay, signals, store } = await hanging(run);
      const closing = pay.close({ deadlineMs: 3_000 });
      await clock.advance(2_999);
      expect([signals[0]!.aborted, store.calls.includes("close")]).toEqual([false, false]);
      await clock.advance(1);
      await closing;
      expect(signals[0]!.aborted).toBe(true);
      expect(store.calls.at(-1)).toBe("close");
      expect(await delivery()).toEqual(expect.objectContaining({ status: "due", attempts: 0 }));
      expect(await delivery()).not.toHaveProperty("error");
      const handlers = [{ name: "hangs", type: "payment.succeeded" as const }];
      const now = clock.now();
      expect(await store.leaseDeliveries({ now, until: now + 1, handlers, limit: 1 })).toMatchObject([{ attempt: 1 }]);
      expect(clock.sleeping()).toEqual([]);
    });

    it("gives it 10 s unless it is told otherwise", async () => {
      const { clock, pay, signals } = await hanging();
      const closing = pay.close();
      await clock.advance(9_999);
      expect(signals[0]!.aborted).toBe(false);
      await clock.advance(1);
      await closing;
    });

    it("can abort it at once", async () => {
      const { clock, delivery, pay } = await hanging();
      const closing = pay.close({ deadlineMs: 0 });
      await clock.advance(0);
      await closing;
      expect(await delivery()).toMatchObject({ status: "due" });
    });

    it("refuses a deadline that is none, and goes on", async () => {
      const { clock, pay } = await hanging();
      for (const deadlineMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, "10"]) {
        expect(await errorOf(pay.close({ deadlineMs: deadlineMs as number }))).toMatchObject({
          code: "INVALID_REQUEST",
          field: "deadlineMs",
        });
      }
      expect((await pay.checkout({ ...ORDER, orderId: "order-2" })).state).toBe("pending");
      const closing = pay.close();
      await clock.advance(10_000);
      await closing;
    });
  });

  describe("while a gateway that is asked hangs", () => {
    async function asked(authentication: "signature" | "verify-by-retrieve") {
      const signals: AbortSignal[] = [];
      const retrieve = (_: unknown, { signal }: Call) => {
        signals.push(signal);
        return new Promise<never>(() => {});
      };
      const cards = fakeProvider({ callback: { authentication: [authentication] }, can: { retrieve } });
      const { pay, clock, store } = createShop({ cards });
      await pay.start();
      const { id, providerReference: known } = await pay.checkout(ORDER);
      const send = () => pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, { providerReference: known }));
      cards.onReceive = () => ({ kind: "check_status", about: { paymentId: id } });
      return { pay, clock, store, signals, send, id };
    }

    it("aborts the question at its deadline, begins none for callbacks that wait, and returns", async () => {
      const { pay, clock, store, signals, send } = await asked("verify-by-retrieve");
      const answers = [send(), send()];
      await until(() => signals.length === 1);
      const closing = pay.close({ deadlineMs: 3_000 });
      await clock.advance(2_999);
      expect([signals[0]!.aborted, store.calls.includes("close")]).toEqual([false, false]);
      await clock.advance(1);
      await closing;
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([401, 401]);
      expect(clock.sleeping()).toEqual([]);
    });

    it("aborts a status check, which is due again at once and does not count", async () => {
      const { pay, clock, store, signals, send } = await asked("signature");
      expect((await send()).status).toBe(200);
      await until(() => signals.length === 1);
      const closing = pay.close({ deadlineMs: 3_000 });
      await clock.advance(3_000);
      await closing;
      expect(store.calls.at(-1)).toBe("close");
      const now = clock.now();
      expect(await store.leaseStatusChecks(now, now + 1, 10)).toMatchObject([{ attempt: 1 }]);
      expect(clock.sleeping()).toEqual([]);
    });

    it("leaves a payment that is overdue to the next process", async () => {
      const { pay, clock, store, signals, id } = await asked("signature");
      await clock.advance(3_600_000 + 10_000);
      await until(() => signals.length === 1);
      const closing = pay.close({ deadlineMs: 3_000 });
      await clock.advance(3_000);
      await closing;
      expect((await store.payment(id))?.payment.state).toBe("pending");
    });
  });

  it("lets a handler that is running look at payments until the end, and nobody after", async () => {
    const { pay } = createShop();
    const goOn = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    pay.on("payment.succeeded", "slow", async ({ payment }) => {
      await goOn.promise;
      seen.push((await pay.orders.get(payment.orderId)).payments.length, (await pay.reviews.list()).reviews.length);
    });
    await pay.start();
    const { id, providerReference: known } = await pay.checkout(ORDER);
    await pay.fetch(post(`${BASE.baseUrl}/callbacks/cards`, { status: "succeeded", providerReference: known }));
    await idle();
    const closing = pay.close();
    expect(await errorOf(pay.reviews.resolve("rev_x", { action: "dismiss" }))).toMatchObject({ code: "NOT_STARTED" });
    goOn.resolve();
    await closing;
    expect(seen).toEqual([1, 0]);
    expect(await errorOf(pay.payments.get(id))).toMatchObject({ code: "NOT_STARTED" });
  });

  it("called twice closes once, and both calls wait", async () => {
    const { pay, store } = createShop();
    await pay.start();
    const go = store.holdNext("close");
    let done = 0;
    const both = [pay.close(), pay.close()].map((closing) => closing.then(() => done++));
    await idle();
    expect(done).toBe(0);
    go();
    await Promise.all(both);
    await pay.close();
    expect(store.calls.filter((call) => call === "close")).toHaveLength(1);
  });

  it("during the start lets it end first", async () => {
    const { pay, store, clock } = createShop();
    const go = store.holdNext("start");
    const starting = pay.start();
    const closing = pay.close();
    await idle();
    go();
    await starting;
    await closing;
    expect(store.calls.at(-1)).toBe("close");
    expect(clock.sleeping()).toEqual([]);
  });

  it("before the start does nothing", async () => {
    const { pay, store } = createShop();
    await pay.close();
    expect(store.calls).toEqual([]);
    await pay.start();
    await pay.close();
  });

  it("leaves nothing running", async () => {
    const { pay, clock } = createShop();
    await pay.start();
    await pay.checkout(ORDER);
    await pay.close();
    expect(clock.sleeping()).toEqual([]);
  });
});
