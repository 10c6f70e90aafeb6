import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { isPayError } from "@pay/core";
import { type FakeProvider, fakeProvider } from "@pay/core/testing";
import { type Databases, startDatabases } from "./support/stores.ts";
import { closePays, REQUEST, twoPays } from "./support/two-pays.ts";

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

const twoOn = (kind: "sqlite" | "postgres", cards?: FakeProvider) => twoPays(databases, kind, cards);

const outcome = (work: Promise<{ readonly id: string }>) =>
  work.then(
    ({ id }) => ({ id }),
    (error) => (isPayError(error) ? { code: error.code, fields: error.fields } : { error: String(error) }),
  );

const callback = (providerReference: string, status: string) =>
  new Request("https://shop.example/pay/callbacks/cards", {
    method: "POST",
    body: JSON.stringify({ status, providerReference }),
  });

describe.each(["sqlite", "postgres"] as const)("two processes on one %s", (kind) => {
  it("open one payment for calls with one idempotency key that race, and ask the gateway once", async () => {
    const { pays, cards } = await twoOn(kind);
    for (let round = 0; round < ROUNDS; round++) {
      const request = { ...REQUEST, orderId: `order-${round}`, idempotencyKey: `basket-${round}` };
      const racing = [0, 1, 0, 1].map((n) => outcome(pays[n]!.checkout(request)));
      const outcomes = await Promise.all(racing);
      expect(new Set(outcomes.map((one) => JSON.stringify(one))).size).toBe(1);
      expect(outcomes[0]).toMatchObject({ id: expect.stringMatching(/^pay_/) });
      expect(cards.creates).toHaveLength(round + 1);
      expect((await pays[0].orders.get(request.orderId)).payments).toHaveLength(1);
    }
  });

  it("let one of two different requests with one key win, and tell the other what differs", async () => {
    const { pays, cards } = await twoOn(kind);
    const request = { ...REQUEST, idempotencyKey: "basket" };
    const outcomes = await Promise.all([
      outcome(pays[0].checkout(request)),
      outcome(pays[1].checkout({ ...request, description: "VIP, 90 days", amount: { value: 4999, currency: "PLN" } })),
    ]);
    expect(outcomes).toContainEqual({ id: expect.stringMatching(/^pay_/) });
    expect(outcomes).toContainEqual({ code: "IDEMPOTENCY_CONFLICT", fields: ["amount", "description"] });
    expect(cards.creates).toHaveLength(1);
  });

  it("answer a repetition elsewhere as the first call was answered", async () => {
    const { pays, cards } = await twoOn(kind);
    const request = { ...REQUEST, idempotencyKey: "basket" };
    const first = await pays[0].checkout(request);
    expect(await pays[1].checkout(request)).toEqual(first);
    expect(cards.creates).toHaveLength(1);
  });

  it("record a callback that both get at once one time, while either stores create's answer", async () => {
    const cards = fakeProvider();
    const { pays, handled, until } = await twoOn(kind, cards);
    const { onCreate } = cards;
    for (let round = 0; round < ROUNDS; round++) {
      // The gateway calls both processes back before it has answered.
      cards.onCreate = async (request, call) => {
        const { paymentId } = request;
        const answer = await onCreate(request, call);
        early = [0, 1, 0].map((n) => pays[n]!.fetch(callback(`R-${paymentId}`, "succeeded")));
        return answer;
      };
      let early: Promise<Response>[] = [];
      const { id } = await pays[round % 2]!.checkout({ ...REQUEST, orderId: `order-${round}` });
      expect((await Promise.all(early)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await pays[0].payments.get(id))?.state).toBe("succeeded");
      await until(() => handled.some(({ payment }) => payment.id === id));
    }
    expect(handled).toHaveLength(ROUNDS);
    expect((await pays[0].reviews.list()).reviews).toEqual([]);
  });

  it("let one of the two who resolve a review do it", async () => {
    const { pays } = await twoOn(kind);
    const { id } = await pays[0].checkout(REQUEST);
    await pays[0].fetch(callback(`R-${id}`, "something new"));
    const [review] = (await pays[1].reviews.list()).reviews;
    const resolutions = [pays[0], pays[1]].map((pay) =>
      pay.reviews.resolve(review!.id, { action: "accept", as: "failed" }).then(
        () => "done",
        (error) => error.code,
      ),
    );
    expect((await Promise.all(resolutions)).sort()).toEqual(["REVIEW_CLOSED", "done"]);
    expect((await pays[0].payments.get(id))?.state).toBe("failed");
  });
});
