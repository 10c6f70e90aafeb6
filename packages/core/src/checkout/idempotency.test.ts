import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createHarness } from "../../test/harness.ts";
import { ACCEPTED, answering, BUSY, hanging, ids, NOT_SENT, REJECTED, UNKNOWN } from "../../test/outcomes.ts";
import { createKeyring } from "../security/keyring.ts";
import { sweep } from "../status/sweep.ts";
import { fakeProvider, pageOf } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";

describe("an idempotency key", () => {
  const KEY = { idempotencyKey: "key-1" };

  it("answers a repetition with the same payment and asks the gateway once", async () => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const first = await harness.checkout(KEY);
    expect(await harness.checkout(KEY)).toEqual(first);
    expect(first.next).toEqual({ kind: "redirect", url: pageOf({ paymentId: first.id }) });
    expect(cards.creates).toHaveLength(1);
  });

  it("does not merge checkouts under other keys, or without", async () => {
    const harness = createHarness();
    const made = [
      await harness.checkout(KEY),
      await harness.checkout({ idempotencyKey: "key-2" }),
      await harness.checkout(),
      await harness.checkout(),
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
    const harness = createHarness({ providers: { cards } });
    const first = await errorOf(harness.checkout(KEY));
    const again = await errorOf(harness.checkout(KEY));
    expect({ ...again, message: again.message }).toEqual({ ...first, message: first.message });
    expect(cards.creates).toHaveLength(1);
  });

  it("names one try after another: the repetition of a fallback ends at the same payment", async () => {
    const first = answering(NOT_SENT, "a");
    const second = fakeProvider({ merchantAccount: "b" });
    const harness = createHarness({ providers: { first, second } });
    const over = { ...KEY, providerName: ["first", "second"] };
    const made = await harness.checkout(over);
    expect(await harness.checkout(over)).toEqual(made);
    expect(await errorOf(harness.checkout({ ...over, providerName: "first" }))).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
    expect([first.creates.length, second.creates.length]).toEqual([1, 1]);
  });

  it("goes on where a process died between two tries", async () => {
    const first = answering(NOT_SENT, "a");
    const second = fakeProvider({ merchantAccount: "b" });
    const harness = createHarness({ providers: { first, second } });
    const over = { ...KEY, providerName: ["first", "second"] };
    const open = harness.store.insert;
    harness.store.insert = async (request) => {
      if (request.record.payment.providerName === "second") throw new Error("the process died here");
      return open(request);
    };
    expect(await errorOf(harness.checkout(over))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    harness.store.insert = open;
    expect(await harness.checkout(over)).toMatchObject({ providerName: "second" });
    expect([first.creates.length, second.creates.length]).toEqual([1, 1]);
  });

  it("finds its payment also once the order is paid", async () => {
    const harness = createHarness();
    const { id } = await harness.checkout(KEY);
    await harness.notify("cards", {
      kind: "notification",
      about: { paymentId: id },
      reported: { status: "succeeded" },
    });
    expect(await harness.checkout(KEY)).toMatchObject({ id, state: "succeeded", next: { kind: "wait" } });
  });

  it.each([
    ["orderId", { orderId: "order-2" }],
    ["amount", { amount: { value: 2000, currency: "PLN" } }],
    ["amount", { amount: { value: 1999, currency: "EUR" } }],
    ["description", { description: "Something else" }],
    ["providerName", { providerName: ["cards", "other"] }],
    ["returnUrl", { returnUrl: "https://shop.example/other" }],
    ["buyer.email", { buyer: { ip: "203.0.113.7", email: "other@example.com", language: "pl" } }],
    ["options", { options: { cards: { method: "blik" } } }],
  ])("is refused for another request: %s differs", async (field, over) => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards, other: fakeProvider({ merchantAccount: "b" }) } });
    const first = await harness.checkout(KEY);
    const error = await errorOf(harness.checkout({ ...KEY, ...over }));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: [field], paymentId: first.id });
    expect(cards.creates).toHaveLength(1);
  });

  it("is refused for a field that only the repeated request has", async () => {
    const harness = createHarness();
    await harness.checkout({ ...KEY, buyer: { ip: "203.0.113.7", language: "pl" } });
    const error = await errorOf(harness.checkout(KEY));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", fields: ["buyer.email"] });
  });

  it.each([
    ["another network", { ip: "2001:db8::7", email: "buyer@example.com", language: "pl" }],
    ["another language", { ip: "203.0.113.7", email: "buyer@example.com", language: "en" }],
    ["no address and no language", { email: "buyer@example.com" }],
  ])("answers with the same payment to a buyer who repeats from %s", async (_, buyer) => {
    const cards = fakeProvider();
    const harness = createHarness({ providers: { cards } });
    const first = await harness.checkout(KEY);
    expect(await harness.checkout({ ...KEY, buyer })).toEqual(first);
    expect(cards.creates).toHaveLength(1);
  });

  it("names all fields that differ, and no value", async () => {
    const harness = createHarness();
    await harness.checkout(KEY);
    const error = await errorOf(
      harness.checkout({ ...KEY, orderId: "order-2", buyer: { ip: "203.0.113.8", email: "secret@example.com" } }),
    );
    expect(error.fields).toEqual(["orderId", "buyer.email"]);
    expect(error.message).not.toContain("secret@");
  });

  it("does not mind the order in which options are written", async () => {
    const harness = createHarness();
    const first = await harness.checkout({ ...KEY, options: { cards: { a: 1, b: { c: 2, d: [3, 4] } } } });
    const again = await harness.checkout({ ...KEY, options: { cards: { b: { d: [3, 4], c: 2 }, a: 1 } } });
    expect(again.id).toBe(first.id);
    expect(
      await errorOf(harness.checkout({ ...KEY, options: { cards: { a: 1, b: { c: 2, d: [4, 3] } } } })),
    ).toMatchObject({ fields: ["options"] });
  });

  it.each<[string, unknown, unknown]>([
    ["the order in which options within a list are written", [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
    ["an option that is undefined", { a: 1, b: undefined }, { a: 1 }],
    ["a date that is written as text", new Date(0), "1970-01-01T00:00:00.000Z"],
  ])("does not mind %s", async (_, first, second) => {
    const harness = createHarness();
    const { id } = await harness.checkout({ ...KEY, options: { cards: { first } } });
    expect((await harness.checkout({ ...KEY, options: { cards: { first: second } } })).id).toBe(id);
  });

  it.each<[string, unknown, unknown]>([
    ["date", new Date(1), new Date(2)],
    ["list", [{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }]],
    ["address", new URL("https://a.example/"), new URL("https://b.example/")],
  ])("is refused with another %s in the options", async (_, first, second) => {
    const harness = createHarness();
    await harness.checkout({ ...KEY, options: { cards: { first } } });
    const error = await errorOf(harness.checkout({ ...KEY, options: { cards: { first: second } } }));
    expect([error.code, error.fields]).toEqual(["IDEMPOTENCY_CONFLICT", ["options"]]);
  });

  it("is still compared after the secret was rotated, as long as the old one is there", async () => {
    const [older, newer] = ["the older secret of the shop, 32 and more", "the newer secret of the shop, 32 and more"];
    const harness = createHarness({ secret: older });
    const first = await harness.checkout(KEY);
    const rotate = (secret: string[]) => Object.assign(harness.context, { keyring: createKeyring(secret) });
    rotate([newer, older]);
    expect(await harness.checkout(KEY)).toEqual(first);
    expect(await errorOf(harness.checkout({ ...KEY, orderId: "order-2" }))).toMatchObject({ fields: ["orderId"] });
    rotate([newer]);
    const error = await errorOf(harness.checkout(KEY));
    expect(error).toMatchObject({ code: "IDEMPOTENCY_CONFLICT", field: "secret", paymentId: first.id });
    expect(error.fields).toBeUndefined();
    expect(error.message).toMatch(/not configured any more.*`secret`.*new idempotency key/);
    // The remedy.
    rotate([newer, older]);
    expect(await harness.checkout(KEY)).toEqual(first);
  });

  it("lets a racing call wait for the first one and answer the same", async () => {
    const { provider: cards, answer } = hanging();
    const harness = createHarness({ providers: { cards } });
    const first = harness.checkout(KEY);
    const racing = harness.checkout(KEY);
    await harness.clock.advance(1000);
    answer(ACCEPTED);
    await harness.clock.advance(100);
    expect(await racing).toEqual(await first);
    expect(cards.creates).toHaveLength(1);
  });

  it.each(["pending", "failed"] as const)(
    "lets a racing call wait for the first one's answer also when a callback said %s before",
    async (status) => {
      const { provider: cards, answer } = hanging();
      const harness = createHarness({ providers: { cards } });
      const first = harness.checkout(KEY).catch((error: unknown) => error);
      await until(() => cards.creates.length === 1);
      const about = { paymentId: ids(cards)[0]! };
      await harness.notify("cards", { kind: "notification", about, reported: { status } });
      const racing = harness.checkout(KEY).catch((error: unknown) => error);
      await harness.clock.advance(100);
      answer(ACCEPTED);
      await harness.clock.advance(100);
      expect(await racing).toEqual(await first);
      expect(await first).toMatchObject(
        status === "pending" ? { next: { kind: "redirect" } } : { code: "CREATE_REJECTED" },
      );
    },
  );

  it("refuses a racing call for another request at once", async () => {
    const { provider: cards } = hanging();
    const harness = createHarness({ providers: { cards } });
    void harness.checkout(KEY);
    expect(await errorOf(harness.checkout({ ...KEY, orderId: "order-2" }))).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
  });

  it("of a payment whose process died is IN_PROGRESS, until the sweep takes its outcome for unknown", async () => {
    const harness = createHarness();
    harness.store.failNext("update");
    const { paymentId } = await errorOf(harness.checkout(KEY));
    const waiting = errorOf(harness.checkout(KEY));
    await harness.clock.advance(30_000);
    expect(await waiting).toMatchObject({ code: "IN_PROGRESS", retryable: true, paymentId });
    expect(await errorOf(harness.checkout(KEY))).toMatchObject({ code: "IN_PROGRESS" });
    await harness.clock.advance(30_000);
    await sweep(harness.context);
    expect(await errorOf(harness.checkout(KEY))).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId });
  });

  it("of a payment whose create was lost stays OUTCOME_UNKNOWN once the gateway says that it waits for the buyer", async () => {
    const harness = createHarness({ providers: { cards: answering(UNKNOWN) } });
    const { paymentId } = await errorOf(harness.checkout(KEY));
    const about = { paymentId: paymentId! };
    await harness.notify("cards", { kind: "notification", about, reported: { status: "pending" } });
    expect((await harness.record(paymentId!)).payment.state).toBe("pending");
    expect(await errorOf(harness.checkout(KEY))).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId });
  });

  it.each([
    ["had a form", { kind: "form", url: "https://gateway.example/pay", fields: { sum: "1" } }],
    ["had nothing to do", { kind: "wait" }],
  ] as const)("lets the buyer of a payment who %s wait once the gateway was heard", async (_, next) => {
    const harness = createHarness({ providers: { cards: answering({ kind: "accepted", next }) } });
    const { id } = await harness.checkout(KEY);
    await harness.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "pending" } });
    expect(await harness.checkout(KEY)).toMatchObject({ state: "pending", next: { kind: "wait" } });
  });

  it("keeps nobody waiting longer because the clock was set back", async () => {
    const harness = createHarness();
    harness.store.failNext("update");
    await errorOf(harness.checkout(KEY));
    const before = errorOf(harness.checkout(KEY));
    await idle();
    harness.clock.step(-24 * 3_600_000);
    const after = errorOf(harness.checkout(KEY));
    await harness.clock.advance(30_000);
    expect((await before).code).toBe("IN_PROGRESS");
    expect((await after).code).toBe("IN_PROGRESS");
  });
});
