import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { AnyPay } from "@pay/core";
import { type Databases, startDatabases } from "./support/stores.ts";
import { closePays, REQUEST, twoPays } from "./support/two-pays.ts";

let databases: Databases;
beforeAll(async () => {
  databases = await startDatabases();
  // Starts the server outside the first test's time.
  await databases.postgres();
}, 60_000);
afterAll(() => databases.close());
afterEach(closePays);

const DEAR = { value: 4999, currency: "PLN" };
const ROUNDS = Array.from({ length: 6 }, (_, round) => round);

async function tell(pay: AnyPay, id: string, status: "succeeded" | "reversed"): Promise<void> {
  const body = JSON.stringify({ status, providerReference: `R-${id}` });
  const answer = await pay.fetch(new Request("https://shop.example/pay/callbacks/cards", { method: "POST", body }));
  expect(answer.status).toBe(200);
}

/** The error's code, or `done`. */
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error) => error.code as string,
  );

/** The reviews that the payment's success called for; an ordinary one calls for none. */
async function successOf(pay: AnyPay, id: string): Promise<string> {
  const entry = (await pay.payments.history(id)).find(({ from, to }) => from !== "succeeded" && to === "succeeded");
  return entry === undefined ? "none" : (entry.reviews[0] ?? "ordinary");
}

/** Opens a payment, then another one for this amount. */
async function openTwo(pays: readonly [AnyPay, AnyPay], orderId: string, amount = REQUEST.amount) {
  const first = await pays[0].checkout({ ...REQUEST, orderId });
  const second = await pays[1].checkout({ ...REQUEST, orderId, amount });
  return [first.id, second.id] as const;
}

/** Runs both at once, and lets each begin first in turn. */
const race = <T>(round: number, one: () => Promise<T>, other: () => Promise<T>): Promise<readonly [T, T]> =>
  round % 2 === 0
    ? Promise.all([one(), other()])
    : Promise.all([other(), one()]).then(([second, first]) => [first, second]);

describe.each(["sqlite", "postgres"] as const)("two processes on one %s", (kind) => {
  it("let one of two payments of an order that succeed at once pay it, and the other pay it again", async () => {
    const { pays } = await twoPays(databases, kind);
    for (const round of ROUNDS) {
      const [one, other] = await openTwo(pays, `order-${round}`);
      await race(
        round,
        () => tell(pays[0], one, "succeeded"),
        () => tell(pays[1], other, "succeeded"),
      );
      const successes = [await successOf(pays[1], one), await successOf(pays[0], other)];
      expect(successes.sort()).toEqual(["double_payment", "ordinary"]);
      expect((await pays[0].orders.get(`order-${round}`)).state).toBe("paid");
    }
  });

  it("open an order for another amount, or see its payment succeed, and never both", async () => {
    const { pays } = await twoPays(databases, kind);
    for (const round of ROUNDS) {
      const orderId = `order-${round}`;
      const { id } = await pays[0].checkout({ ...REQUEST, orderId });
      const [, opened] = await race<unknown>(
        round,
        () => tell(pays[0], id, "succeeded"),
        () => outcome(pays[1].checkout({ ...REQUEST, orderId, amount: DEAR })),
      );
      const { state, payments } = await pays[0].orders.get(orderId);
      const seen = [opened, await successOf(pays[0], id), state, payments.length];
      if (opened === "done") expect(seen).toEqual(["done", "superseded_paid", "superseded_paid", 2]);
      else expect(seen).toEqual(["ORDER_ALREADY_PAID", "ordinary", "paid", 1]);
    }
  });

  it("let a superseded payment that a person accepts pay its order, or the right one that succeeds, and never both", async () => {
    const { pays } = await twoPays(databases, kind);
    for (const round of ROUNDS) {
      const [cheap, dear] = await openTwo(pays, `order-${round}`, DEAR);
      await tell(pays[0], cheap, "succeeded");
      const review = (await pays[0].reviews.list()).reviews.find(({ paymentId }) => paymentId === cheap)!;
      const [accepted] = await race<unknown>(
        round,
        () => outcome(pays[0].reviews.resolve(review.id, { action: "accept", by: "ann" })),
        () => tell(pays[1], dear, "succeeded"),
      );
      const seen = [accepted, await successOf(pays[1], dear)];
      expect([
        ["done", "double_payment"],
        ["ORDER_ALREADY_PAID", "ordinary"],
      ]).toContainEqual(seen);
      expect((await pays[0].orders.get(`order-${round}`)).state).toBe("paid");
    }
  });

  it("let one of two superseded payments that are accepted at once pay the order", async () => {
    const { pays } = await twoPays(databases, kind);
    for (const round of ROUNDS) {
      const ids = await openTwo(pays, `order-${round}`);
      await pays[0].checkout({ ...REQUEST, orderId: `order-${round}`, amount: DEAR });
      for (const id of ids) await tell(pays[0], id, "succeeded");
      const { reviews: all } = await pays[0].reviews.list();
      const reviews = ids.map(
        (id) => all.find(({ paymentId, kind }) => paymentId === id && kind === "superseded_paid")!,
      );
      const accept = (n: 0 | 1) => outcome(pays[n].reviews.resolve(reviews[n]!.id, { action: "accept", by: "ann" }));
      const outcomes = await race(
        round,
        () => accept(0),
        () => accept(1),
      );
      expect([...outcomes].sort()).toEqual(["ORDER_ALREADY_PAID", "done"]);
    }
  });

  it("end alike where a success and the reversal of it arrive at once, and tell of the success only if it was first", async () => {
    const { pays, handled, until } = await twoPays(databases, kind);
    const ordinary: string[] = [];
    for (const round of ROUNDS) {
      const orderId = `order-${round}`;
      const { id } = await pays[0].checkout({ ...REQUEST, orderId });
      await race(
        round,
        () => tell(pays[0], id, "succeeded"),
        () => tell(pays[1], id, "reversed"),
      );
      const { state, payments } = await pays[round % 2]!.orders.get(orderId);
      expect([state, payments[0]?.state, payments[0]?.refundedAmount]).toEqual([
        "refunded",
        "succeeded",
        REQUEST.amount,
      ]);
      const facts = (await pays[0].payments.history(id)).map(({ fact }) => fact.kind);
      const isFirst = facts.indexOf("succeeded") < facts.indexOf("reversed");
      expect(await successOf(pays[0], id)).toBe(isFirst ? "ordinary" : "sent_back_paid");
      if (isFirst) ordinary.push(id);
    }
    await tell(pays[0], (await pays[0].checkout({ ...REQUEST, orderId: "last" })).id, "succeeded");
    await until(() => handled.some(({ payment }) => payment.orderId === "last") && handled.length > ordinary.length);
    const told = handled.map(({ payment }) => payment.id);
    expect(told.filter((id) => ordinary.includes(id)).sort()).toEqual([...ordinary].sort());
    expect(told).toHaveLength(ordinary.length + 1);
  });

  it("let one of two payments pay a refunded order again that the shop opened twice at once", async () => {
    const { pays } = await twoPays(databases, kind);
    for (const round of ROUNDS) {
      const orderId = `order-${round}`;
      const { id } = await pays[0].checkout({ ...REQUEST, orderId });
      await tell(pays[0], id, "succeeded");
      await tell(pays[0], id, "reversed");
      const again = (n: 0 | 1) =>
        pays[n].checkout({ ...REQUEST, orderId, allowRepeat: true }).then((payment) => payment.id);
      const [one, other] = await race(
        round,
        () => again(0),
        () => again(1),
      );
      await race(
        round,
        () => tell(pays[1], one, "succeeded"),
        () => tell(pays[0], other, "succeeded"),
      );
      const successes = [await successOf(pays[1], one), await successOf(pays[0], other)];
      expect(successes.sort()).toEqual(["double_payment", "ordinary"]);
    }
  });
});
