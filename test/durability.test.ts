import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { PaymentStore } from "@pay/core";
import { paidStory } from "./support/database.ts";
import { type Gateway, type Shop, type ShopOptions, startShop } from "./support/shop.ts";

let shop: Shop;
let storeBroke: boolean;

async function open(options: ShopOptions = {}): Promise<void> {
  storeBroke = false;
  shop = await startShop(options);
}

function breakStore(method: keyof PaymentStore): void {
  storeBroke = true;
  shop.broken.add(method);
}

afterEach(async () => {
  await shop.close();
  // Only tests that break something on purpose may log errors.
  if (!storeBroke) expect(shop.errors()).toEqual([]);
});

/** Changes the file without Pay's knowledge. */
function sql(statement: string): void {
  const db = new DatabaseSync(shop.database.path);
  db.exec(statement);
  db.close();
}

const GATEWAYS: readonly Gateway[] = ["psc", "cards"];

describe.each(GATEWAYS)("a purchase through %s", (gateway) => {
  it("is not acknowledged while the store fails, and nothing acknowledged is lost", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    breakStore("update");
    await shop.buyer(payment, "pay");
    await shop.redeliver();
    await shop.stop();
    await shop.redeliver();
    expect(shop.simulator.callbacks().map(({ response }) => response?.status)).toEqual([503, 503, 503]);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "pending", inbox: 0, events: [] });
    expect(shop.planned()).toBe(1);

    shop.broken.clear();
    await shop.reopen();
    await shop.redeliver();
    await shop.untilDelivered(payment);
    expect(shop.verdicts().at(-1)).toBe("accepted");
    expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
  });

  it.each(["inbox", "history", "payment", "order_success", "outbox"])(
    "is recorded whole or not at all: without a row in %s there is none anywhere, and no acknowledgement",
    async (table) => {
      await open();
      const payment = await shop.checkout(gateway);
      const before = shop.database.dump().tables;
      const verb = table === "payment" ? "UPDATE" : "INSERT";
      sql(`CREATE TRIGGER full BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
      storeBroke = true;
      expect((await shop.notify(payment, true)).status).toBe(503);
      expect(shop.database.dump().tables).toEqual(before);

      sql("DROP TRIGGER full");
      expect((await shop.notify(payment, true)).status).toBe(200);
      await shop.untilDelivered(payment);
      expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
    },
  );

  it("is acknowledged only after the commit", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    const other = new DatabaseSync(shop.database.path);
    other.exec("BEGIN IMMEDIATE");
    let acknowledged = false;
    const arrived = new Promise((resolve) => shop.server.once("request", resolve));
    const answer = shop.notify(payment, true).then((response) => {
      acknowledged = true;
      return response;
    });
    await arrived;
    // Every call that needs no lock is answered, several times.
    for (let count = 0; count < 20; count++) expect((await fetch(`${shop.url}/pay/health`)).status).toBe(200);
    expect(acknowledged).toBe(false);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "pending", inbox: 0 });
    other.exec("COMMIT");
    other.close();
    expect((await answer).status).toBe(200);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "succeeded", inbox: 1 });
  });

  it("keeps its checkout when the shop closes while the gateway thinks", async () => {
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await open({
      async gateway(_, forward) {
        asked.resolve();
        await release.promise;
        return forward();
      },
    });
    const checkout = shop.checkout(gateway);
    await asked.promise;
    const stopped = shop.stop();
    expect((await fetch(`${shop.url}/pay/ready`)).status).toBe(503);
    await expect(shop.checkout(gateway)).rejects.toMatchObject({ code: "NOT_STARTED" });
    release.resolve();
    const payment = await checkout;
    await stopped;
    expect(shop.database.story(payment.id).state).toBe("pending");
    await shop.reopen();
    expect((await shop.notify(payment, true)).status).toBe(200);
    expect(shop.database.story(payment.id).state).toBe("succeeded");
  });

  it("survives a restart between create and callback", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    await shop.reopen();
    await shop.buyer(payment, "pay");
    await shop.untilDelivered(payment);
    expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
  });

  it("survives a restart between the commit and the delivery", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    breakStore("leaseDeliveries");
    await shop.buyer(payment, "pay");
    await shop.stop();
    expect(shop.verdicts()).toEqual(["accepted"]);
    expect(shop.database.story(payment.id)).toMatchObject({ events: ["payment.succeeded"], deliveries: [] });
    expect(shop.handled).toEqual([]);

    shop.broken.clear();
    await shop.reopen();
    await shop.untilDelivered(payment);
    expect(shop.heardTypes()).toEqual(["payment.succeeded"]);
  });

  it("is told again, under the same event id, when its process ended before the handler's success was stored", async () => {
    await open();
    const payment = await shop.checkout(gateway);
    breakStore("finishDelivery");
    await shop.buyer(payment, "pay");
    await shop.until(() => shop.handled.length === 1);
    // Pay tries to store the end until the deadline of close().
    let isStopped = false;
    const stopping = shop.stop().then(() => {
      isStopped = true;
    });
    while (!isStopped) await shop.clock.advance(1000);
    await stopping;
    expect(shop.database.story(payment.id).deliveries).toEqual(["leased"]);

    shop.broken.clear();
    await shop.reopen();
    await shop.clock.advance(60_000);
    await shop.untilDelivered(payment);
    expect(shop.heardTypes()).toEqual(["payment.succeeded", "payment.succeeded"]);
    expect(new Set(shop.handled.map(({ id }) => id)).size).toBe(1);
  });

  it("is told again after a handler failed, and only until it succeeds", async () => {
    let failures = 2;
    await open({
      handle() {
        if (failures-- > 0) throw new Error("the warehouse is closed");
      },
    });
    const payment = await shop.checkout(gateway);
    await shop.buyer(payment, "pay");
    for (const seconds of [0, 6, 360]) {
      await shop.clock.advance(seconds * 1000);
      await shop.until(() => ["due", "delivered"].includes(shop.database.story(payment.id).deliveries[0] ?? ""));
    }
    await shop.untilDelivered(payment);
    expect(shop.heardTypes()).toEqual(["payment.succeeded", "payment.succeeded", "payment.succeeded"]);
    expect(shop.database.column("SELECT attempts FROM delivery")).toEqual([3]);
  });

  it("gives one event when two Pays on one file get the same callback at once", async () => {
    await open();
    const other = await shop.another();
    for (let round = 0; round < 10; round++) {
      const payment = await shop.checkout(gateway);
      const { url, init } = shop.callback(payment, true);
      const answers = await Promise.all(
        [url, url.replace(shop.url, other.url), url, url.replace(shop.url, other.url)].map((address) =>
          fetch(address, init),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      await shop.untilDelivered(payment);
      expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
    }
    expect(shop.handled).toHaveLength(10);
  });
});

describe("a rotated secret", () => {
  const [OLD, NEW] = ["old-".repeat(10), "new-".repeat(10)];

  it("keeps the addresses alive that the old one signed, while both are configured", async () => {
    await open({ secret: OLD });
    const payment = await shop.checkout("psc");
    await shop.reopen([NEW, OLD]);
    await shop.buyer(payment, "pay");
    await shop.untilDelivered(payment);
    expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
    const newer = await shop.checkout("psc");
    expect(shop.database.column("SELECT DISTINCT key_id FROM payment")).toHaveLength(2);
    await shop.reopen(NEW);
    expect((await shop.notify(newer, true)).status).toBe(200);
  });

  it("refuses to start once the old one is gone, while payments still have its addresses", async () => {
    await open({ secret: OLD });
    const payment = await shop.checkout("psc");
    await shop.checkout("cards");
    const before = shop.database.dump().tables;
    await expect(shop.reopen(NEW)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringMatching(
        /^secret .*\[NEW, OLD\].* 1 open payment of gosetti-psc:\S+ with callback addresses signed with a missing secret/,
      ),
    });
    expect(shop.database.dump().tables).toEqual(before);
    await shop.reopen([NEW, OLD]);
    expect((await shop.notify(payment, true)).status).toBe(200);
  });

  it("makes the old addresses unknown once it is gone, and brings them back with it", async () => {
    await open({ secret: OLD, allowStranded: true });
    const payment = await shop.checkout("psc");
    await shop.reopen(NEW);
    await shop.buyer(payment, "pay");
    expect(shop.simulator.callbacks()[0]?.response?.status).toBe(404);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "pending", inbox: 0, events: [] });
    await shop.reopen([NEW, OLD]);
    await shop.redeliver();
    await shop.untilDelivered(payment);
    expect(shop.database.story(payment.id)).toEqual(paidStory(payment.id));
  });
});
