import { afterEach, describe, expect, it } from "@jest/globals";
import type { SimulatedCallback } from "@pay/simulator";
import { paidStory } from "./support/database.ts";
import { type Gateway, type Shop, type ShopOptions, startShop } from "./support/shop.ts";

let shop: Shop;

async function open(options: ShopOptions = {}): Promise<void> {
  shop = await startShop(options);
}

afterEach(async () => {
  await shop.close();
  expect(shop.errors()).toEqual([]);
});

const GATEWAYS: readonly Gateway[] = ["psc", "cards"];

describe.each(GATEWAYS)("a purchase through %s", (gateway) => {
  it("is paid once, told once and delivered once", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    await shop.buyer(payment, "pay");
    await shop.untilDelivered(payment);
    expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
    expect(shop.verdicts()).toEqual(["accepted"]);
    expect(shop.handled).toMatchObject([
      {
        type: "payment.succeeded",
        late: false,
        payment: { id: payment.id, amount: { value: 1999, currency: "PLN" }, state: "succeeded" },
      },
    ]);
  });

  it("that the buyer declines is told as failed, and leaves the order open", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    await shop.buyer(payment, "decline");
    await shop.untilDelivered(payment);
    expect(shop.database.story(payment.id)).toEqual(
      paidStory(payment.id, {
        state: "failed",
        states: ["created", "pending", "failed"],
        events: ["payment.failed"],
        orderPaidBy: undefined,
      }),
    );
    await expect(shop.checkout(gateway, { orderId: payment.orderId })).resolves.toMatchObject({ state: "pending" });
  });

  it("that the buyer walks away from stays open and is told to nobody", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    await shop.buyer(payment, "leave");
    expect(shop.database.story(payment.id)).toMatchObject({ state: "pending", inbox: 0, events: [] });
    expect(shop.simulator.callbacks()).toEqual([]);
  });

  it("whose order is paid already is refused before the gateway is called", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    await shop.buyer(payment, "pay");
    await expect(shop.checkout(gateway, { orderId: payment.orderId })).rejects.toMatchObject({
      code: "ORDER_ALREADY_PAID",
      paymentId: payment.id,
    });
    expect(shop.simulator.payments()).toHaveLength(1);
  });

  it("is decided by a callback that comes before create's answer", async () => {
    const answered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await open({
      async gateway(_, forward) {
        const answer = await forward();
        answered.resolve();
        await release.promise;
        return answer;
      },
    });
    const checkout = shop.checkout(gateway);
    await answered.promise;
    const [simulated] = shop.simulator.payments();
    await shop.simulator.act(simulated!.id, "pay");
    await shop.simulator.idle(simulated!.id);
    expect(shop.verdicts()).toEqual(["accepted"]);
    const waiting = shop.database.column("SELECT subject FROM unmatched");
    expect(waiting).toEqual(gateway === "cards" ? [simulated!.id] : []);

    release.resolve();
    const payment = await checkout;
    expect(payment).toMatchObject({ state: "succeeded", providerReference: simulated!.id, next: { kind: "wait" } });
    await shop.untilDelivered(payment);
    const story = shop.database.story(payment.id);
    expect(story).toMatchObject({ state: "succeeded", inbox: 1, events: ["payment.succeeded"], reviews: [] });
    expect(shop.database.column("SELECT subject FROM unmatched")).toEqual([]);
    expect(shop.heardTypes()).toEqual(["payment.succeeded"]);
  });

  it("succeeds late after it expired, and a person is told", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    shop.clock.step(payment.expiresAt - payment.createdAt);
    await shop.clock.advance(10_000);
    await shop.untilDelivered(payment);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "expired", events: ["payment.expired"] });

    await shop.buyer(payment, "pay");
    await shop.untilDelivered(payment, 2);
    expect(shop.database.story(payment.id)).toEqual(
      paidStory(payment.id, {
        states: ["created", "pending", "expired", "succeeded"],
        events: ["payment.expired", "payment.succeeded"],
        deliveries: ["delivered", "delivered"],
        reviews: ["late_success"],
      }),
    );
    expect(shop.handled.map(({ type, late }) => [type, late])).toEqual([
      ["payment.expired", false],
      ["payment.succeeded", true],
    ]);
  });
});

describe("GOSetti.pl's repeated callbacks", () => {
  it("are all answered with the way back, and give one event", async () => {
    await open();
    const payment = await shop.checkout("psc");
    const location = await shop.buyer(payment, "pay");
    expect(location).toBe(`https://shop.example/thanks?payment=${payment.id}`);
    await shop.redeliver();
    await shop.redeliver();
    await shop.untilDelivered(payment);
    const redirect = { kind: "accepted", redirectUrl: location };
    expect(shop.simulator.callbacks().map(({ verdict }) => verdict)).toMatchObject([redirect, redirect, redirect]);
    expect(shop.planned()).toBe(0);
    expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
    expect(shop.heardTypes()).toEqual(["payment.succeeded"]);
  });

  it("send a buyer who did not pay to the failure page, every time", async () => {
    await open();
    const payment = await shop.checkout("psc");
    expect(await shop.buyer(payment, "decline")).toBe(`https://shop.example/sorry?payment=${payment.id}`);
    await shop.redeliver();
    await shop.redeliver();
    const [first, ...others] = shop.simulator.callbacks().map(({ response }) => response?.body);
    expect(others).toEqual([first, first]);
    expect(shop.database.story(payment.id).events).toEqual(["payment.failed"]);
  });

  it("let a success follow a failure, without a review: GOSetti.pl never calls a failure final", async () => {
    await open();
    const payment = await shop.checkout("psc");
    await shop.notify(payment, false);
    await shop.untilDelivered(payment);
    const answer = await shop.notify(payment, true);
    expect(await answer.json()).toEqual({ RedirectUrl: `https://shop.example/thanks?payment=${payment.id}` });
    await shop.untilDelivered(payment, 2);
    expect(shop.heardTypes()).toEqual(["payment.failed", "payment.succeeded"]);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "succeeded", inbox: 2, reviews: [] });
  });

  it("do not let a failure undo a success", async () => {
    await open();
    const payment = await shop.checkout("psc");
    await shop.notify(payment, true);
    const answer = await shop.notify(payment, false);
    expect(await answer.json()).toEqual({ RedirectUrl: `https://shop.example/thanks?payment=${payment.id}` });
    await shop.untilDelivered(payment);
    expect(shop.heardTypes()).toEqual(["payment.succeeded"]);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "succeeded", reviews: [] });
  });
});

describe("Sellly's notifications", () => {
  it("are answered with exactly OK, after which none is sent again", async () => {
    await open();
    const payment = await shop.checkout("cards");
    await shop.buyer(payment, "pay");
    const [{ response }] = shop.simulator.callbacks() as [SimulatedCallback];
    expect(response).toMatchObject({ status: 200, body: { kind: "text", text: "OK" } });
    expect(shop.planned()).toBe(0);
  });

  it("that contradict themselves keep the success and call a person: Sellly says its words are final", async () => {
    await open();
    const payment = await shop.checkout("cards");
    for (const success of [true, false, true, false]) {
      const answer = await shop.notify(payment, success);
      expect(await answer.text()).toBe("OK");
    }
    await shop.untilDelivered(payment);
    expect(shop.heardTypes()).toEqual(["payment.succeeded"]);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "succeeded", inbox: 2, reviews: ["contradiction"] });
  });

  it("of success after its final failure still succeed, and call a person", async () => {
    await open();
    const payment = await shop.checkout("cards");
    await shop.notify(payment, false);
    await shop.untilDelivered(payment);
    await shop.notify(payment, true);
    await shop.untilDelivered(payment, 2);
    expect(shop.heardTypes()).toEqual(["payment.failed", "payment.succeeded"]);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "succeeded", reviews: ["late_success"] });
  });

  it("about a create whose answer never came are kept for a person, with the payment they may belong to", async () => {
    await open({
      async gateway(_, forward) {
        await forward();
        return new Response("Bad gateway", { status: 502 });
      },
    });
    const failure = await shop.checkout("cards").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    const [simulated] = shop.simulator.payments();
    await shop.simulator.act(simulated!.id, "pay");
    await shop.simulator.idle(simulated!.id);
    expect(shop.verdicts()).toEqual(["accepted"]);
    shop.clock.step(60 * 60 * 1000);
    await shop.clock.advance(10_000);
    await shop.until(() => shop.database.rows("SELECT * FROM review").length === 1);
    const { paymentId } = failure as { paymentId: string };
    const reviews = shop.database.rows("SELECT kind, candidates FROM review WHERE status = 'open'");
    expect(reviews).toEqual([{ kind: "unmatched", candidates: JSON.stringify([paymentId]) }]);
  });
});

describe("an order with two payments", () => {
  it.each([
    ["psc", "cards"],
    ["cards", "psc"],
  ] as const)(
    "both paid, %s first, is told as paid once and as paid again once, and a person sees it",
    async (one, two) => {
      await open();
      const first = await shop.checkout(one, { orderId: "order-twice" });
      const second = await shop.checkout(two, { orderId: "order-twice" });
      await shop.buyer(first, "pay");
      await shop.buyer(second, "pay");
      await shop.redeliver();
      await shop.untilDelivered(first);
      await shop.untilDelivered(second);
      expect(shop.database.story(first.id)).toEqual(paidStory(first.id));
      expect(shop.database.story(second.id)).toEqual(
        paidStory(first.id, { events: ["payment.paid_again"], reviews: ["double_payment"] }),
      );
      expect([...shop.heardTypes()].sort()).toEqual(["payment.paid_again", "payment.succeeded"]);
    },
  );

  it("paid at the same moment through two Pays is still paid once", async () => {
    await open();
    const other = await shop.another();
    for (let round = 0; round < 5; round++) {
      const orderId = `order-both-${round}`;
      const first = await shop.checkout("psc", { orderId });
      const second = await shop.checkout("cards", { orderId });
      const [one, two] = [shop.callback(first, true), shop.callback(second, true)];
      const answers = await Promise.all([
        fetch(one.url, one.init),
        fetch(two.url.replace(shop.url, other.url), two.init),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      await shop.untilDelivered(first);
      await shop.untilDelivered(second);
      const events = shop.database.column(
        "SELECT type FROM outbox JOIN payment ON payment.id = stream WHERE order_id = ? ORDER BY type",
        orderId,
      );
      expect(events).toEqual(["payment.paid_again", "payment.succeeded"]);
    }
  });
});

describe("a checkout that names several providers", () => {
  it("moves on to the next when the first says it takes nothing now, as a payment of its own", async () => {
    await open();
    await fetch(`${shop.simulator.url}/api/sellly/shops/SHOP1/upstream-failure`, { method: "POST" });
    const payment = await shop.checkout("psc", { providerName: ["cards", "psc"], orderId: "order-fallback" });
    expect(payment.providerName).toBe("psc");
    await shop.buyer(payment, "pay");
    await shop.untilDelivered(payment);
    expect(shop.database.rows("SELECT provider_name, state FROM payment ORDER BY provider_name")).toEqual([
      { provider_name: "cards", state: "failed" },
      { provider_name: "psc", state: "succeeded" },
    ]);
  });

  it("stops where nobody knows whether the gateway took the payment, and never sends it again", async () => {
    const sent: string[] = [];
    await open({
      async gateway(request) {
        sent.push(new URL(request.url).pathname);
        return new Response("Bad gateway", { status: 502 });
      },
    });
    const providers = { providerName: ["cards", "psc"], idempotencyKey: "once" };
    for (let again = 0; again < 2; again++) {
      await expect(shop.checkout("cards", { ...providers, orderId: "order-unknown" })).rejects.toMatchObject({
        code: "OUTCOME_UNKNOWN",
      });
    }
    expect(sent).toEqual(["/sellly/pay"]);
    expect(shop.database.column("SELECT state FROM payment")).toEqual(["unknown"]);
  });
});
