import { hash } from "node:crypto";
import { copyFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { CheckoutResult } from "@pay/core";
import { notification, post } from "./support/callbacks.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { BUYER, type Gateway, type Shop, startShop } from "./support/shop.ts";

const LONG = process.env.PAY_TEST_LONG === "1";
const GATEWAYS: readonly Gateway[] = ["psc", "cards"];

let shop: Shop;

beforeEach(async () => {
  shop = await startShop();
});

afterEach(() => shop.close());

/** An answer without its date. */
async function whole(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => name !== "date" && name !== "keep-alive");
  return JSON.stringify([response.status, headers, await response.text()]);
}

describe("forged callbacks", () => {
  const GUESSES = LONG ? 100_000 : 2_000;
  const AT_ONCE = 50;

  /** 43 characters of base64url, as in a MAC. */
  const optimistic = (count: number) => hash("sha256", `guess ${count}`, "base64url");

  /** The distinct answers to this many guesses. */
  async function answersTo(forge: (count: number) => Promise<Response>): Promise<ReadonlySet<string>> {
    const answers = new Set<string>();
    for (let count = 0; count < GUESSES; count += AT_ONCE) {
      const batch = await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => forge(count + at).then(whole)));
      for (const answer of batch) answers.add(answer);
    }
    return answers;
  }

  it(`of GOSetti.pl (${GUESSES}) all get one and the same answer, and leave no row`, async () => {
    const payment = await shop.checkout("psc");
    const { url, init } = shop.callback(payment, true);
    const other = shop.callback(await shop.checkout("psc"), true).url;
    const own = url.slice(0, url.lastIndexOf("/") + 1);
    const [keyId, mac] = url.slice(own.length).split(".") as [string, string];
    const kinds: readonly ((count: number) => string)[] = [
      (count) => `${own}${keyId}.${optimistic(count)}`,
      (count) => `${own}${optimistic(count).slice(0, 8)}.${mac}`,
      (count) => `${own}${hash("sha256", String(count), "hex").slice(0, 8)}.${mac}`,
      (count) => `${own}${keyId}.${mac.slice(0, count % 43)}`,
      (count) => `${own}${keyId}.${mac}${optimistic(count).slice(0, 1 + (count % 9))}`,
      (count) => `${own}${other.slice(other.lastIndexOf("/") + 1)}?${count}`,
      (count) => `${own}${optimistic(count)}`,
      (count) => url.replace(/pay_\w+/, `pay_0${optimistic(count).slice(0, 25)}`),
      (count) => url.replace("/psc/", `/${optimistic(count)}/`),
      (count) => url.replace("/psc/", "/cards/") + optimistic(count),
    ];
    const before = shop.database.dump();
    const answers = await answersTo((count) => fetch(kinds[count % kinds.length]!(count), init));
    expect([...answers]).toEqual([expect.stringContaining('[404,[["cache-control","no-store"]')]);
    expect(shop.database.dump()).toEqual(before);
    expect((await fetch(url, init)).status).toBe(200);
  }, 300_000);

  it(`of Sellly (${GUESSES}) all get one and the same answer, and leave no row`, async () => {
    const payment = await shop.checkout("cards");
    const { selllySecret: key } = shop;
    const kinds: readonly ((count: number) => Record<string, string>)[] = [
      (count) => ({ secret_key: hash("sha256", String(count), "hex") }),
      (count) => ({ secret_key: key.slice(0, count % 64) }),
      (count) => ({ secret_key: key + optimistic(count) }),
      (count) => ({ secret_key: optimistic(count), id: optimistic(count) }),
      (count) => ({ secret_key: `${key.slice(0, -1)}\u{1d7d8}${count}` }),
      (count) => ({ secret_key: "", status: optimistic(count) }),
    ];
    const before = shop.database.dump();
    const answers = await answersTo((count) => fetch(notification(shop, payment, kinds[count % kinds.length]!(count))));
    expect([...answers]).toEqual([expect.stringMatching(/^\[400,.*"Refused\."\]$/)]);
    expect(shop.database.dump()).toEqual(before);
    expect(await (await fetch(notification(shop, payment, {}))).text()).toBe("OK");
  }, 300_000);
});

describe("replayed and reordered callbacks", () => {
  /** The distinct orders of the items. */
  function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
    if (items.length < 2) return [items];
    const all = items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
    return [...new Map(all.map((order) => [JSON.stringify(order), order])).values()];
  }

  /** Checks that the payment is paid, with exactly one event about it and no failure after it. */
  async function expectPaidOnce(payment: CheckoutResult): Promise<void> {
    const { state, events } = shop.database.story(payment.id);
    expect(state).toBe("succeeded");
    expect(events.filter((type) => type === "payment.succeeded")).toHaveLength(1);
    expect(events.at(-1)).toBe("payment.succeeded");
    await shop.untilDelivered(payment, events.length);
    const handled = shop.handled.filter((event) => event.payment.id === payment.id).map(({ type }) => type);
    expect(handled.filter((type) => type === "payment.succeeded")).toHaveLength(1);
    expect(handled.at(-1)).toBe("payment.succeeded");
  }

  it.each(GATEWAYS)("of %s end succeeded in every order of two successes and two failures", async (gateway) => {
    for (const order of orders([true, true, false, false])) {
      const payment = await shop.checkout(gateway);
      for (const success of order) expect((await shop.notify(payment, success)).status).toBe(200);
      await expectPaidOnce(payment);
    }
  });

  it.each(GATEWAYS)("of %s end succeeded when they all come at once", async (gateway) => {
    for (let round = 0; round < 5; round++) {
      const payment = await shop.checkout(gateway);
      const all = [false, true, false, true, true, false].map((success) => shop.notify(payment, success));
      for (const answer of await Promise.all(all)) expect(answer.status).toBe(200);
      await expectPaidOnce(payment);
    }
  });

  it.each(GATEWAYS)(
    "of %s end succeeded in random rows with one success in them",
    async (gateway) => {
      const random = seededRandom(7);
      for (let round = 0; round < (LONG ? 500 : 20); round++) {
        const row = [...random(2 + (round % 6))].map((byte) => byte % 3 === 0);
        row[random(1)[0]! % row.length] = true;
        const payment = await shop.checkout(gateway);
        for (const success of row) await shop.notify(payment, success);
        await expectPaidOnce(payment);
      }
    },
    120_000,
  );

  it("of another transaction at a payment's own address pay nothing, in any order, and a person sees them", async () => {
    for (const order of orders(["own true", "own false", "other true"])) {
      const payment = await shop.checkout("psc");
      const { url } = shop.callback(payment, true);
      for (const step of order) {
        const [whose, finished] = step.split(" ") as [string, string];
        const id = whose === "own" ? payment.providerReference : `OTHER-${payment.id}`;
        await post(url, { PaySafeCardTransactionId: id, Finished: finished === "true" });
        const paid = order.indexOf("own true") <= order.indexOf(step);
        expect(shop.database.story(payment.id).state === "succeeded").toBe(paid);
      }
      await expectPaidOnce(payment);
      const { reviews } = shop.database.story(payment.id);
      expect(reviews).toEqual([
        order.indexOf("own true") < order.indexOf("other true") ? "double_payment" : "reference_mismatch",
      ]);
    }
  });
});

describe("secrets of another length", () => {
  it.each([0, 1, 42, 43, 44, 63, 65, 1_000])(
    "(%i characters) are refused like any other, not an error",
    async (length) => {
      const cards = await shop.checkout("cards");
      const psc = await shop.checkout("psc");
      const address = shop.callback(psc, true).url;
      const before = shop.database.dump();
      for (const character of ["a", "\u00e9", "\u{1f511}"]) {
        const secret = character.repeat(length);
        const answer = await fetch(notification(shop, cards, { secret_key: secret }));
        expect([answer.status, await answer.text()]).toEqual([400, "Refused."]);
        const optimistic = address.slice(0, -43) + encodeURIComponent(secret);
        const { init } = shop.callback(psc, true);
        expect((await fetch(optimistic, init)).status).toBe(404);
      }
      expect(shop.database.dump()).toEqual(before);
      expect(shop.errors()).toEqual([]);
    },
  );
});

describe("a clock that steps by a day", () => {
  const DAY = 24 * 60 * 60 * 1000;

  it.each(GATEWAYS)("forward does not expire what was paid through %s", async (gateway) => {
    const payment = await shop.checkout(gateway);
    await shop.notify(payment, true);
    await shop.untilDelivered(payment);
    shop.clock.step(30 * DAY);
    await shop.clock.advance(30_000);
    expect(shop.database.story(payment.id)).toMatchObject({ state: "succeeded", events: ["payment.succeeded"] });
  });

  it.each(GATEWAYS)("back and forth between create and callback through %s loses nothing", async (gateway) => {
    const payment = await shop.checkout(gateway);
    shop.clock.step(-DAY);
    await shop.clock.advance(30_000);
    expect(shop.database.story(payment.id).state).toBe("pending");
    await shop.notify(payment, false);
    await shop.untilDelivered(payment);
    shop.clock.step(-DAY);
    await shop.notify(payment, true);
    await shop.untilDelivered(payment, 2);
    shop.clock.step(30 * DAY);
    await shop.clock.advance(30_000);
    expect(shop.database.story(payment.id)).toMatchObject({
      state: "succeeded",
      events: ["payment.failed", "payment.succeeded"],
      deliveries: ["delivered", "delivered"],
    });
  });

  it.each(GATEWAYS)(
    "and expired a payment of %s is undone by its success, whatever the clock says then",
    async (gateway) => {
      const payment = await shop.checkout(gateway);
      shop.clock.step(8 * DAY);
      await shop.clock.advance(10_000);
      await shop.untilDelivered(payment);
      expect(shop.database.story(payment.id).state).toBe("expired");
      shop.clock.step(-9 * DAY);
      await shop.notify(payment, true);
      await shop.untilDelivered(payment, 2);
      expect(shop.database.story(payment.id)).toMatchObject({
        state: "succeeded",
        events: ["payment.expired", "payment.succeeded"],
        reviews: ["late_success"],
      });
    },
  );
});

describe("authenticated notifications about nobody's payment", () => {
  const HOUR = 60 * 60 * 1000;
  const unmatchedNotifications = () =>
    shop.database.rows("SELECT merchant_account, subject, reviewed FROM unmatched ORDER BY subject");

  function unknown(id: string, status = "OK"): Promise<Response> {
    const query = new URLSearchParams({ secret_key: shop.selllySecret, id, status, email: BUYER.email });
    return fetch(`${shop.url}/pay/callbacks/cards?${query}`);
  }

  it("are kept once each, and shown to a person after an hour", async () => {
    for (let repeat = 0; repeat < 3; repeat++) expect(await (await unknown("NOBODY-1")).text()).toBe("OK");
    await unknown("NOBODY-2", "ERR");
    expect(unmatchedNotifications()).toEqual([
      { merchant_account: "sellly:SHOP1", subject: "NOBODY-1", reviewed: 0 },
      { merchant_account: "sellly:SHOP1", subject: "NOBODY-2", reviewed: 0 },
    ]);
    shop.clock.step(HOUR);
    await shop.clock.advance(10_000);
    await shop.until(() => shop.database.column("SELECT kind FROM review").length === 2);
    expect(shop.database.column("SELECT DISTINCT kind FROM review")).toEqual(["unmatched"]);
    expect(unmatchedNotifications().map(({ reviewed }) => reviewed)).toEqual([1, 1]);
  });

  it("are bounded: past 10,000 the gateway is told to send again, and known payments are still paid", async () => {
    const payment = await shop.checkout("cards");
    const db = new DatabaseSync(shop.database.path);
    db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
             INSERT INTO unmatched (merchant_account, subject, digest, fact, received_at)
             SELECT 'sellly:SHOP1', 'FLOOD-' || i, 'd', '{"kind":"failed"}', ${shop.clock.now()} FROM n`);
    db.close();
    const answer = await unknown("ONE-MORE");
    expect([answer.status, await answer.text()]).toEqual([503, "Not stored, send it again."]);
    expect(shop.database.column("SELECT count(*) FROM unmatched")).toEqual([10_000]);
    expect(await (await shop.notify(payment, true)).text()).toBe("OK");
    expect(shop.database.story(payment.id).state).toBe("succeeded");
  });

  it("come to a verified address of a payment lost with a restored backup, and are kept for a person", async () => {
    const backup = `${shop.database.path}.backup`;
    await shop.stop();
    copyFileSync(shop.database.path, backup);
    await shop.reopen();
    const payment = await shop.checkout("psc");
    await shop.stop();
    for (const more of ["", "-wal", "-shm"]) rmSync(shop.database.path + more, { force: true });
    copyFileSync(backup, shop.database.path);
    await shop.reopen();

    const answer = await shop.notify(payment, true);
    // Acknowledged, since it is stored: the shop's front page stands in for the return address that was lost.
    expect([answer.status, await answer.json()]).toEqual([200, { RedirectUrl: `${shop.url}/` }]);
    expect(unmatchedNotifications()).toEqual([
      { merchant_account: "gosetti-psc:1234", subject: payment.id, reviewed: 0 },
    ]);
    shop.clock.step(HOUR);
    await shop.clock.advance(10_000);
    await shop.until(() => shop.database.column("SELECT kind FROM review").length === 1);
    expect(shop.database.column("SELECT kind FROM review")).toEqual(["unmatched"]);
  });
});
