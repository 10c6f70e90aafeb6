import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../test/support/error-of.ts";
import { createBench } from "../../test/harness.ts";
import { ACCEPTED, answering, BUSY, hanging, ids, NOT_SENT, REJECTED, UNKNOWN } from "../../test/outcomes.ts";
import { createKeyring } from "../security/keyring.ts";
import { sweep } from "../status/sweep.ts";
import { fakeProvider, pageOf } from "../testing/fake-provider.ts";
import { idle, until } from "../testing/manual-clock.ts";

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
    const second = fakeProvider({ merchantAccount: "b" });
    const bench = createBench({ providers: { first, second } });
    const over = { ...KEY, providerName: ["first", "second"] };
    const made = await bench.checkout(over);
    expect(await bench.checkout(over)).toEqual(made);
    expect(await errorOf(bench.checkout({ ...over, providerName: "first" }))).toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
    expect([first.creates.length, second.creates.length]).toEqual([1, 1]);
  });

  it("goes on where a process died between two tries", async () => {
    const first = answering(NOT_SENT, "a");
    const second = fakeProvider({ merchantAccount: "b" });
    const bench = createBench({ providers: { first, second } });
    const over = { ...KEY, providerName: ["first", "second"] };
    const open = bench.store.insert;
    bench.store.insert = async (request) => {
      if (request.record.payment.providerName === "second") throw new Error("the process died here");
      return open(request);
    };
    expect(await errorOf(bench.checkout(over))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    bench.store.insert = open;
    expect(await bench.checkout(over)).toMatchObject({ providerName: "second" });
    expect([first.creates.length, second.creates.length]).toEqual([1, 1]);
  });

  it("finds its payment also once the order is paid", async () => {
    const bench = createBench();
    const { id } = await bench.checkout(KEY);
    await bench.notify("cards", { kind: "notification", about: { paymentId: id }, reported: { status: "succeeded" } });
    expect(await bench.checkout(KEY)).toMatchObject({ id, state: "succeeded", next: { kind: "wait" } });
  });

  it.each([
    ["orderId", { orderId: "order-2" }],
    ["amount", { amount: { value: 2000, currency: "PLN" } }],
    ["amount", { amount: { value: 1999, currency: "EUR" } }],
    ["description", { description: "Something else" }],
    ["providerName", { providerName: ["cards", "other"] }],
    ["returnUrl", { returnUrl: "https://shop.example/other" }],
    ["buyer.ip", { buyer: { ip: "203.0.113.8", email: "buyer@example.com", language: "pl" } }],
    ["buyer.email", { buyer: { ip: "203.0.113.7", email: "other@example.com", language: "pl" } }],
    ["buyer.language", { buyer: { ip: "203.0.113.7", email: "buyer@example.com" } }],
    ["options", { options: { cards: { method: "blik" } } }],
  ])("is refused for another request: %s differs", async (field, over) => {
    const cards = fakeProvider();
    const bench = createBench({ providers: { cards, other: fakeProvider({ merchantAccount: "b" }) } });
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
    const rotate = (secret: string[]) => Object.assign(bench.context, { keyring: createKeyring(secret) });
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
      await bench.notify("cards", { kind: "notification", about, reported: { status } });
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
    bench.store.failNext("update");
    const { paymentId } = await errorOf(bench.checkout(KEY));
    const waiting = errorOf(bench.checkout(KEY));
    await bench.clock.advance(30_000);
    expect(await waiting).toMatchObject({ code: "IN_PROGRESS", retryable: true, paymentId });
    expect(await errorOf(bench.checkout(KEY))).toMatchObject({ code: "IN_PROGRESS" });
    await bench.clock.advance(30_000);
    await sweep(bench.context);
    expect(await errorOf(bench.checkout(KEY))).toMatchObject({ code: "OUTCOME_UNKNOWN", paymentId });
  });

  it("keeps nobody waiting longer because the clock was set back", async () => {
    const bench = createBench();
    bench.store.failNext("update");
    await errorOf(bench.checkout(KEY));
    const before = errorOf(bench.checkout(KEY));
    await idle();
    bench.clock.step(-24 * 3_600_000);
    const after = errorOf(bench.checkout(KEY));
    await bench.clock.advance(30_000);
    expect((await before).code).toBe("IN_PROGRESS");
    expect((await after).code).toBe("IN_PROGRESS");
  });
});
