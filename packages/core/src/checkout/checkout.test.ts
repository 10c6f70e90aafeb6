import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness, type Harness } from "../../test/harness.ts";
import { ACCEPTED, answering, BUSY, hanging, ids, NOT_SENT, PAGE, REJECTED, UNKNOWN } from "../../test/outcomes.ts";
import type { CreateOutcome } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { fakeProvider, providerReference } from "../testing/fake-provider.ts";
import { idle } from "../testing/manual-clock.ts";

describe("checkout, by what comes of the create", () => {
  it("hands out the buyer's next step once an accepted payment is stored", async () => {
    const cards = answering(ACCEPTED);
    const harness = createHarness({ providers: { cards } });
    const result = await harness.checkout();
    expect(result).toMatchObject({
      orderId: "order-1",
      state: "pending",
      amount: { value: 1999, currency: "PLN" },
      providerName: "cards",
      adapter: "fake",
      merchantAccount: "fake:1",
      providerReference: "R1",
      next: { kind: "redirect", url: PAGE },
    });
    expect(result.expiresAt).toBe(result.createdAt + 3_600_000);
    expect((await harness.record(result.id)).payment).toMatchObject({ state: "pending", providerReference: "R1" });
    expect(await harness.facts(result.id)).toEqual(["opened", "create_accepted"]);
  });

  it("saves the payment as created before the gateway is asked", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const seen: string[] = [];
    cards.onCreate = async ({ paymentId }) => {
      seen.push((await harness.record(paymentId)).payment.state);
      return ACCEPTED;
    };
    await harness.checkout();
    expect(seen).toEqual(["created"]);
  });

  it("takes the gateway's own deadline where it names one", async () => {
    const expiresAt = Date.UTC(2026, 0, 15, 12, 5);
    const harness = createHarness({ providers: { cards: answering({ ...ACCEPTED, expiresAt }) } });
    expect((await harness.checkout()).expiresAt).toBe(expiresAt);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 1e20, -1, 0])(
    "has the deadline of the traits where an adapter says %p",
    async (expiresAt) => {
      const harness = createHarness({ providers: { cards: answering({ ...ACCEPTED, expiresAt }) } });
      const payment = await harness.checkout();
      expect(payment.expiresAt).toBe(payment.createdAt + 3_600_000);
    },
  );

  it("lets the buyer wait where there is nothing to do", async () => {
    const harness = createHarness({ providers: { cards: answering({ kind: "accepted", next: { kind: "wait" } }) } });
    const result = await harness.checkout();
    expect(result.next).toEqual({ kind: "wait" });
    expect(result.providerReference).toBeUndefined();
  });

  it.each([
    ["rejected", REJECTED, "CREATE_REJECTED", false, "failed", "create_rejected"],
    ["rejected for now", BUSY, "PROVIDER_UNAVAILABLE", true, "failed", "create_rejected"],
    ["not sent", NOT_SENT, "PROVIDER_UNAVAILABLE", true, "failed", "create_not_sent"],
    ["unknown", UNKNOWN, "OUTCOME_UNKNOWN", false, "unknown", "create_unknown"],
  ])("throws for what was %s, and keeps the payment", async (_, outcome, code, retryable, state, fact) => {
    const cards = answering(outcome);
    const harness = createHarness({ providers: { cards } });
    const error = await errorOf(harness.checkout());
    expect(error).toMatchObject({ code, retryable, providerName: "cards", paymentId: ids(cards)[0] });
    expect((await harness.record(ids(cards)[0]!)).payment.state).toBe(state);
    expect(await harness.facts(ids(cards)[0]!)).toEqual(["opened", fact]);
  });

  it("names the gateway's code and the field it complains about", async () => {
    const harness = createHarness({ providers: { cards: answering(REJECTED) } });
    expect(await errorOf(harness.checkout())).toMatchObject({ providerCode: "E17", field: "buyer.email" });
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
    ["answers an unknown kind", () => ({ kind: "fine" }) as unknown as CreateOutcome],
  ])("takes the outcome for unknown if the adapter %s", async (_, onCreate) => {
    const cards = fakeProvider();
    cards.onCreate = onCreate;
    const harness = createHarness({ providers: { cards } });
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect((await harness.record(ids(cards)[0]!)).payment.state).toBe("unknown");
    expect(harness.logger.lines.map(({ level }) => level)).toEqual(["error", "warn"]);
  });

  it("tells the operator why a create was not accepted", async () => {
    const harness = createHarness({ providers: { cards: answering(REJECTED) } });
    const { message, paymentId } = await errorOf(harness.checkout());
    expect(message).toContain("E17");
    expect(harness.logger.lines).toEqual([
      expect.objectContaining({
        level: "warn",
        fields: expect.objectContaining({ paymentId, providerName: "cards", outcome: "create_rejected" }),
      }),
    ]);
    expect(harness.logger.lines[0]?.fields?.reason).toContain("E17");
  });

  it("gives up a create that hangs, aborts it, and takes its outcome for unknown", async () => {
    const { provider: cards, answer } = hanging();
    const signals: AbortSignal[] = [];
    const wait = cards.onCreate;
    cards.onCreate = (request, call) => {
      signals.push(call.signal);
      return wait(request, call);
    };
    const harness = createHarness({ providers: { cards } });
    const failing = errorOf(harness.checkout());
    await harness.clock.advance(29_999);
    expect((await harness.record(ids(cards)[0]!)).payment.state).toBe("created");
    expect(signals[0]?.aborted).toBe(false);
    await harness.clock.advance(1);
    expect(await failing).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: ids(cards)[0] });
    expect(signals[0]?.aborted).toBe(true);
    // A late answer changes nothing any more.
    answer(ACCEPTED);
    await idle();
    expect(await harness.facts(ids(cards)[0]!)).toEqual(["opened", "create_unknown"]);
  });

  it("leaves no sleeper behind once the gateway answered", async () => {
    const harness = createHarness();
    await harness.checkout();
    await idle();
    expect(harness.clock.sleeping()).toEqual([]);
  });

  it("appends the payment to the return address, and gives both to the gateway", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const returnUrl = { success: "https://shop.example/paid?lang=pl", failure: "https://shop.example/not" };
    const { id } = await harness.checkout({ returnUrl });
    expect(cards.creates[0]?.returnUrl).toEqual({
      success: `https://shop.example/paid?lang=pl&payment=${id}`,
      failure: `https://shop.example/not?payment=${id}`,
    });
  });

  it.each([
    ["https://shop.example/a?x=~%20%B3+%c5%82&flag&empty=&&y='", "&payment="],
    ["https://shop.example/a?x=1#part?y=2", "&payment=", "#part?y=2"],
    ["https://shop.example/a#part", "?payment=", "#part"],
    ["https://shop.example/a#", "?payment=", "#"],
    ["https://shop.example/a?", "payment="],
    ["https://shop.example/a?x=1&", "payment="],
    ["https://shop.example/~shop/%7e", "?payment="],
    ["https://shop.example/a?payment=mine", "&payment="],
    ["https://shop.example/?a=b=c;d=%e9&x=%u0142&%", "&payment="],
  ])("leaves the shop's own address as it is written: %s", async (address, joined, fragment = "") => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout({ returnUrl: address });
    const before = address.slice(0, address.length - fragment.length);
    expect(cards.creates[0]?.returnUrl.success).toBe(`${before}${joined}${id}${fragment}`);
    expect(new URL(cards.creates[0]!.returnUrl.success).searchParams.getAll("payment").at(-1)).toBe(id);
  });

  it("makes of a return address what a header can carry", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout({ returnUrl: "https://sklep-żółw.example/dziękuję bardzo?do=łódź" });
    expect(cards.creates[0]?.returnUrl.success.slice(-(id.length + 9))).toBe(`&payment=${id}`);
    expect(cards.creates[0]?.returnUrl.success).toMatch(
      /^https:\/\/xn--[!-~]+dzi%C4%99kuj%C4%99%20bardzo\?do=%C5%82%C3%B3d%C5%BA&/,
    );
  });

  it("gives the gateway an address of the payment's own only where callbacks are told apart by it", async () => {
    const fixed = fakeProvider({ merchantAccount: "a" });
    const own = fakeProvider({ merchantAccount: "b", callback: { correlation: "callback-url" } });
    const harness = createHarness({ providers: { fixed, own } });
    await harness.checkout();
    const { id } = await harness.checkout({ providerName: "own", orderId: "order-2" });
    expect(fixed.creates[0]?.callbackUrl).toBe("https://shop.example/pay/callbacks/fixed");
    expect(own.creates[0]?.callbackUrl).toMatch(
      new RegExp(`^https://shop\\.example/pay/callbacks/own/${id}/[0-9a-f]{8}\\.[\\w-]{43}$`),
    );
  });

  it("gives the gateway the reference, and the options chosen for it alone", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards, other: fakeProvider({ merchantAccount: "b" }) } });
    const { id } = await harness.checkout({ providerName: ["cards", "other"], options: { cards: { method: "blik" } } });
    expect(cards.creates[0]).toMatchObject({ merchantReference: id.slice(4), options: { method: "blik" } });
    expect(cards.creates[0]?.merchantReference).toMatch(/^[0-9a-z]{26}$/);
  });
});

describe("checkout, when the store fails", () => {
  it("does not ask the gateway for what could not be saved", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    harness.store.failNext("insert");
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(cards.creates).toEqual([]);
  });

  it("sends no buyer to pay when the gateway's answer could not be stored", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    harness.store.failNext("update");
    const error = await errorOf(harness.checkout());
    expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", providerName: "cards", paymentId: ids(cards)[0] });
    expect(error).not.toHaveProperty("next");
    expect((await harness.record(ids(cards)[0]!)).payment.state).toBe("created");
  });

  it("tries no other provider then, since the first one has the payment", async () => {
    const second = fakeProvider({ merchantAccount: "b" });
    const harness = createHarness({ providers: { first: answering(NOT_SENT, "a"), second } });
    harness.store.failNext("update");
    expect(await errorOf(harness.checkout({ providerName: ["first", "second"] }))).toMatchObject({
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
    const second = fakeProvider({ merchantAccount: "b", callback: { correlation: "callback-url" } });
    const harness = createHarness({ providers: { first, second } });
    const result = await harness.checkout({ providerName: ["first", "second"] });
    expect(result).toMatchObject({
      providerName: "second",
      merchantAccount: "b",
      state: "pending",
      orderId: "order-1",
    });
    expect(result.id).toBe(ids(second)[0]);
    expect(ids(first)[0]).not.toBe(result.id);
    expect(second.creates[0]?.callbackUrl).toContain(result.id);
    expect((await harness.record(ids(first)[0]!)).payment).toMatchObject({ state: "failed", orderId: "order-1" });
    expect((await harness.store.order("order-1")).payments).toHaveLength(2);
  });

  it.each([
    ["is unknown", UNKNOWN, "OUTCOME_UNKNOWN"],
    ["is a rejection for good", REJECTED, "CREATE_REJECTED"],
  ])("stops when an outcome %s", async (_, outcome, code) => {
    const first = answering(outcome, "a");
    const second = fakeProvider({ merchantAccount: "b" });
    const harness = createHarness({ providers: { first, second } });
    expect(await errorOf(harness.checkout({ providerName: ["first", "second"] }))).toMatchObject({ code });
    expect(second.creates).toEqual([]);
  });

  it("stops when the first one hangs past its time", async () => {
    const { provider: first } = hanging();
    const second = fakeProvider({ merchantAccount: "b" });
    const harness = createHarness({ providers: { first, second } });
    const failing = errorOf(harness.checkout({ providerName: ["first", "second"] }));
    await harness.clock.advance(30_000);
    expect(await failing).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(second.creates).toEqual([]);
  });

  it("stops when the first payment was failed by a callback although its create arrived", async () => {
    const first = answering(ACCEPTED, "a");
    const second = fakeProvider({ merchantAccount: "b" });
    const harness = createHarness({ providers: { first, second } });
    first.onCreate = async ({ paymentId }) => {
      await harness.notify("first", { kind: "notification", about: { paymentId }, reported: { status: "failed" } });
      return ACCEPTED;
    };
    const error = await errorOf(harness.checkout({ providerName: ["first", "second"] }));
    expect(error).toMatchObject({ code: "CREATE_REJECTED", paymentId: ids(first)[0] });
    expect(second.creates).toEqual([]);
  });

  it("throws the error of the last one when all are unavailable", async () => {
    const harness = createHarness({ providers: { first: answering(NOT_SENT, "a"), second: answering(BUSY, "b") } });
    const error = await errorOf(harness.checkout({ providerName: ["first", "second"] }));
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", providerName: "second", providerCode: "429" });
  });

  it("does not try another one for an order that was paid meanwhile", async () => {
    const second = fakeProvider({ merchantAccount: "b" });
    const first = fakeProvider({ merchantAccount: "a" });
    const harness = createHarness({ providers: { first, second } });
    first.onCreate = async () => {
      const paid = await harness.checkout({ providerName: "second" });
      await harness.notify("second", {
        kind: "notification",
        about: { paymentId: paid.id },
        reported: { status: "succeeded" },
      });
      return NOT_SENT;
    };
    const error = await errorOf(harness.checkout({ providerName: ["first", "second"] }));
    expect(error).toMatchObject({ code: "ORDER_ALREADY_PAID" });
    expect(second.creates).toHaveLength(1);
  });
});

const pay = (harness: Harness, paymentId: PaymentId) =>
  harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status: "succeeded" } });

describe("checkout of a paid order", () => {
  it("is refused, names the payment, and asks no gateway", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      reported: { status: "succeeded" },
    });
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
    expect(cards.creates).toHaveLength(1);
  });

  it("is refused under the key of a payment that is still open, so that the buyer is not sent to pay twice", async () => {
    const harness = createHarness();
    await harness.checkout({ idempotencyKey: "first tab" });
    const { id } = await harness.checkout({ idempotencyKey: "second tab" });
    await pay(harness, id);
    const error = await errorOf(harness.checkout({ idempotencyKey: "first tab" }));
    expect([error.code, error.paymentId]).toEqual(["ORDER_ALREADY_PAID", id]);
    expect(error.message).toContain("a new idempotency key");
    expect(await harness.checkout({ idempotencyKey: "second tab" })).toMatchObject({ id, state: "succeeded" });
  });

  it("is refused where the order was paid while the gateway was asked", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const { id } = await harness.checkout();
    const accept = cards.onCreate;
    cards.onCreate = async (request, call) => {
      await pay(harness, id);
      return accept(request, call);
    };
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
    expect(cards.creates).toHaveLength(2);
  });

  it("is refused under the key of a payment that was superseded before another one paid the order", async () => {
    const harness = createHarness();
    await harness.checkout({ idempotencyKey: "cheap" });
    const { id } = await harness.checkout({ amount: { value: 4999, currency: "PLN" } });
    await pay(harness, id);
    const error = await errorOf(harness.checkout({ idempotencyKey: "cheap" }));
    expect(error).toMatchObject({ code: "ORDER_ALREADY_PAID", paymentId: id });
  });

  it("is allowed again while the first payment is not paid", async () => {
    const harness = createHarness();
    const first = await harness.checkout();
    const second = await harness.checkout();
    expect(second.id).not.toBe(first.id);
  });
});

describe("a callback before create's answer", () => {
  it("that says paid makes the checkout come back succeeded, with nothing left to do", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status: "succeeded" } });
      return ACCEPTED;
    };
    expect(await harness.checkout()).toMatchObject({
      state: "succeeded",
      next: { kind: "wait" },
      providerReference: "R1",
    });
    expect(await harness.facts(ids(cards)[0]!)).toEqual(["opened", "succeeded", "create_accepted"]);
    expect(harness.wakes).toBe(1);
  });

  it("by a provider reference that is not known yet is kept, and applied to the payment as soon as create returns the reference", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const outcomes = [];
    cards.onCreate = async () => {
      outcomes.push(
        await harness.notify("cards", {
          kind: "notification",
          about: { providerReference: providerReference("R1") },
          reported: { status: "succeeded" },
        }),
      );
      return ACCEPTED;
    };
    expect(await harness.checkout()).toMatchObject({
      state: "succeeded",
      next: { kind: "wait" },
      providerReference: "R1",
    });
    expect(cards.outcomes).toEqual([{ kind: "unknown_payment", returnUrl: "https://shop.example/" }]);
    expect(await harness.facts(ids(cards)[0]!)).toEqual(["opened", "create_accepted", "succeeded"]);
    expect(harness.wakes).toBe(1);
  });

  it.each([
    [true, ["contradiction"]],
    [false, []],
  ])(
    "that says paid, and another that says failed, contradict each other where failures are final: %s",
    async (failureIsFinal, reviews) => {
      const cards = fakeProvider({ traits: { failureIsFinal } });
      const harness = createHarness({ providers: { cards } });
      cards.onCreate = async () => {
        for (const status of ["succeeded", "failed"] as const) {
          await harness.notify("cards", {
            kind: "notification",
            about: { providerReference: providerReference("R1") },
            reported: { status },
          });
          await harness.clock.advance(1);
        }
        return ACCEPTED;
      };
      expect(await harness.checkout()).toMatchObject({ state: "succeeded" });
      expect((await harness.store.openReviews(10)).map(({ kind }) => kind)).toEqual(reviews);
    },
  );

  it("that says failed ends the checkout without sending the buyer anywhere", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status: "failed" } });
      return ACCEPTED;
    };
    expect(await errorOf(harness.checkout())).toMatchObject({ code: "CREATE_REJECTED", paymentId: ids(cards)[0] });
    expect((await harness.record(ids(cards)[0]!)).payment.state).toBe("failed");
  });

  it("that says pending lets the buyer go on as usual", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status: "pending" } });
      return ACCEPTED;
    };
    expect(await harness.checkout()).toMatchObject({ state: "pending", next: { kind: "redirect", url: PAGE } });
  });

  it.each([
    ["is unknown", UNKNOWN],
    ["is no answer", new TypeError("the adapter failed")],
  ])(
    "that says pending does not let the buyer wait for a page whose address was lost: the create %s",
    async (_, lost) => {
      const cards = fakeProvider();
      const harness = createHarness({ providers: { cards } });
      cards.onCreate = async ({ paymentId }) => {
        await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status: "pending" } });
        if (lost instanceof Error) throw lost;
        return lost;
      };
      const key = { idempotencyKey: "basket 1" };
      const error = await errorOf(harness.checkout(key));
      expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId: ids(cards)[0] });
      expect(error.message).toMatch("cannot be sent to pay");
      expect(await errorOf(harness.checkout(key))).toMatchObject({ code: "OUTCOME_UNKNOWN", message: error.message });
      expect((await harness.record(ids(cards)[0]!)).payment.state).toBe("pending");
    },
  );

  it("that says paid stands although create was rejected, and a person is asked", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    cards.onCreate = async ({ paymentId }) => {
      await harness.notify("cards", { kind: "notification", about: { paymentId }, reported: { status: "succeeded" } });
      return REJECTED;
    };
    expect(await harness.checkout()).toMatchObject({ state: "succeeded", next: { kind: "wait" } });
    expect(await harness.reviews()).toEqual(["contradiction"]);
  });
});
