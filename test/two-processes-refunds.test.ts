import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { AnyPay, PaymentStore } from "@pay/core";
import { parseProviderReference } from "@pay/core/adapter";
import { fakeProvider, manualClock } from "@pay/core/testing";
import { type Databases, startDatabases } from "./support/stores.ts";
import { closePays, REQUEST, twoPays } from "./support/two-pays.ts";
import { watchedStore } from "./support/watched-store.ts";

/** Races of each kind. */
const ROUNDS = process.env.PAY_TEST_LONG === "1" ? 10 : 3;

let databases: Databases;
beforeAll(async () => {
  databases = await startDatabases();
  // Starts the server outside the first test's time.
  await databases.postgres();
});
afterAll(() => databases.close());
afterEach(closePays);

const pln = (amount: number) => ({ value: amount, currency: "PLN" });
const answer = (work: Promise<{ readonly status: string }>) =>
  work.then(
    ({ status }) => status,
    (error) => error.code as string,
  );

/** A gateway that refunds as often as it is asked. */
function refunding() {
  const refunds: string[] = [];
  const cards = fakeProvider({
    can: {
      async refund({ refundMerchantReference }) {
        refunds.push(refundMerchantReference);
        return { kind: "succeeded", providerReference: `F-${refundMerchantReference}` };
      },
    },
  });
  return { cards, refunds };
}

/** A paid payment of 19.99 PLN. */
async function paid(pay: AnyPay, orderId: string): Promise<string> {
  const { id } = await pay.checkout({ ...REQUEST, orderId });
  const body = JSON.stringify({ status: "succeeded", providerReference: `R-${id}` });
  await pay.fetch(new Request("https://shop.example/pay/callbacks/cards", { method: "POST", body }));
  return id;
}

describe.each(["sqlite", "postgres"] as const)("two processes on one %s", (kind) => {
  it("send back no more than was paid, however their refunds race", async () => {
    const { cards, refunds } = refunding();
    const { pays, handled, until } = await twoPays(databases, kind, cards);
    for (let round = 0; round < ROUNDS; round++) {
      const id = await paid(pays[round % 2]!, `order-${round}`);
      const answers = await Promise.all(
        [0, 1, 0, 1].map((n, call) =>
          answer(pays[n]!.refund("cards", id, { amount: pln(900), idempotencyKey: `refund-${call}` })),
        ),
      );
      expect(answers.sort()).toEqual([
        ...["REFUND_EXCEEDS_PAYMENT", "REFUND_EXCEEDS_PAYMENT"],
        ...["succeeded", "succeeded"],
      ]);
      expect((await pays[0].payments.refunds(id)).map(({ amount }) => amount)).toEqual([pln(900), pln(900)]);
      expect(await pays[1].payments.refunds(id)).toEqual(await pays[0].payments.refunds(id));
    }
    expect(refunds).toHaveLength(2 * ROUNDS);
    await until(() => handled.filter(({ type }) => type === "refund.succeeded").length === 2 * ROUNDS);
    const reported = handled.flatMap(({ refund }) => (refund === undefined ? [] : [refund.id.slice(4)]));
    expect(reported.sort()).toEqual([...refunds].sort());
  });

  it("ask the gateway once for calls with one idempotency key that race", async () => {
    const { cards, refunds } = refunding();
    const { pays } = await twoPays(databases, kind, cards);
    for (let round = 0; round < ROUNDS; round++) {
      const id = await paid(pays[0], `order-${round}`);
      const call = (n: number) => pays[n]!.refund("cards", id, { idempotencyKey: "basket" });
      const answers = await Promise.all([0, 1, 0, 1].map((n) => answer(call(n))));
      expect(answers).toContain("succeeded");
      for (const one of answers) expect(["succeeded", "IN_PROGRESS"]).toContain(one);
      expect(await call(0)).toEqual(await call(1));
      expect(refunds).toHaveLength(round + 1);
    }
  });

  it("count a form once that reaches both, and no more than was paid, however people and the shop race", async () => {
    const { cards } = refunding();
    const { pays } = await twoPays(databases, kind, cards);
    for (let round = 0; round < 10; round++) {
      const id = await paid(pays[round % 2]!, `order-${round}`);
      const record = (n: number, idempotencyKey: string) => {
        const made = { as: "refunded", amount: pln(900), idempotencyKey, by: "Anna" } as const;
        return answer(pays[n]!.payments.record(id, made).then(({ state }) => ({ status: state })));
      };
      const answers = await Promise.all([
        ...[record(0, "form"), record(1, "form"), record(1, "another form")],
        answer(pays[0].refund("cards", id, { amount: pln(901), idempotencyKey: "basket" })),
      ]);
      expect(answers[0]).toBe(answers[1]);
      expect(answers.slice(1).sort()).toEqual(["REFUND_EXCEEDS_PAYMENT", "succeeded", "succeeded"]);
      const refunds = await pays[0].payments.refunds(id);
      expect(refunds.map(({ status }) => status)).toEqual(["succeeded", "succeeded"]);
      expect(await pays[1].payments.refunds(id)).toEqual(refunds);
      const order = await pays[1].orders.get(`order-${round}`);
      expect(order.refundedAmount?.value).toBe(refunds.reduce((sum, { amount }) => sum + amount.value, 0));
    }
  });

  it("see that nobody knows of a refund when the other one died at the gateway, and never send it again", async () => {
    const { cards, refunds } = refunding();
    const clock = manualClock();
    const broken = new Set<keyof PaymentStore>();
    const { pays, handled } = await twoPays(databases, kind, cards, {
      clock,
      before: (store) => watchedStore(store, broken, () => {}),
    });
    const id = await paid(pays[0], "order-1");
    const { refund } = cards;
    const { promise: sent, resolve: isSent } = Promise.withResolvers<void>();
    Object.assign(cards, {
      refund(...call: Parameters<NonNullable<typeof refund>>) {
        // For the store, the process dies now.
        for (const method of ["update", "leaseStatusChecks", "finishStatusCheck"] as const) broken.add(method);
        isSent();
        return refund!(...call);
      },
    });
    let isDead = false;
    const died = expect(pays[0].refund("cards", id, { idempotencyKey: "basket" })).rejects.toThrow();
    void died.finally(() => {
      isDead = true;
    });
    await sent;
    // It tries to store the answer for five seconds, from when it has it.
    while (!isDead) await clock.advance(100);
    await died;
    expect(await pays[1].payments.refunds(id)).toMatchObject([{ status: "requested" }]);
    for (let n = 0; n < 100 && (await pays[1].reviews.list()).reviews.length === 0; n++) await clock.advance(10_000);
    expect(await pays[1].payments.refunds(id)).toMatchObject([{ status: "unknown", amount: pln(1999) }]);
    expect((await pays[1].reviews.list()).reviews).toMatchObject([{ kind: "refund_unknown", paymentId: id }]);
    expect(await answer(pays[1].refund("cards", id, { idempotencyKey: "basket" }))).toBe("OUTCOME_UNKNOWN");
    expect(refunds).toHaveLength(1);
    expect(handled.filter(({ refund }) => refund !== undefined)).toEqual([]);
    broken.clear();
  });

  it("serve a form to browsers that come to both at the same moment, record one visit, and stop at the gateway's word", async () => {
    const { cards } = refunding();
    cards.onCreate = ({ paymentId }) => ({
      kind: "accepted",
      providerReference: parseProviderReference(`R-${paymentId}`)!,
      next: { kind: "form", url: "https://gateway.example/pay", fields: { secret: "canary" } },
    });
    const { pays } = await twoPays(databases, kind, cards);
    for (let round = 0; round < ROUNDS; round++) {
      const { id, next } = await pays[0].checkout({ ...REQUEST, orderId: `order-${round}` });
      const address = next.kind === "redirect" ? next.url : "";
      const pages = await Promise.all([0, 1, 0, 1].map((n) => pays[n]!.fetch(new Request(address))));
      expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      for (const page of pages) expect(await page.text()).toContain("canary");
      const visits = (await pays[0].payments.history(id)).filter(({ fact }) => fact.kind === "form_opened");
      expect(visits).toHaveLength(1);
      const body = JSON.stringify({ status: "pending", providerReference: `R-${id}` });
      await pays[0].fetch(new Request(`${new URL(address).origin}/pay/callbacks/cards`, { method: "POST", body }));
      const late = await pays[1].fetch(new Request(address));
      expect([late.status, (await late.text()).includes("canary")]).toEqual([410, false]);
    }
  });
});
