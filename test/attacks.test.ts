import { hash } from "node:crypto";
import { copyFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { type CheckoutResult, money } from "@pay/core";
import { seededRandom } from "../packages/core/test/seeded-random.ts";
import { BUYER, type Gateway, RETURN_URL, type Shop, type ShopOptions, startShop } from "./support/shop.ts";

const LONG = process.env.PAY_TEST_LONG === "1";
const GATEWAYS: readonly Gateway[] = ["psc", "cards"];

let shop: Shop;

/** Another shop than the usual one. */
async function open(options: ShopOptions): Promise<void> {
  await shop.close();
  shop = await startShop(options);
}

beforeEach(async () => {
  shop = await startShop();
});

afterEach(() => shop.close());

/** Everything of an answer but its date. */
async function whole(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => name !== "date" && name !== "keep-alive");
  return JSON.stringify([response.status, headers, await response.text()]);
}

/** The notification of the payment's gateway, with some of it changed. */
function notification(payment: CheckoutResult, changes: Record<string, string>): string {
  const url = new URL(shop.callback(payment, true).url);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return url.href;
}

function post(url: string, body: unknown): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: text });
}

describe("forged callbacks", () => {
  const GUESSES = LONG ? 100_000 : 2_000;
  const AT_ONCE = 50;

  /** 43 characters of base64url, as a MAC has. */
  const guess = (count: number) => hash("sha256", `guess ${count}`, "base64url");

  /** The answers to this many guesses, each different one once. */
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
      (count) => `${own}${keyId}.${guess(count)}`,
      (count) => `${own}${guess(count).slice(0, 8)}.${mac}`,
      (count) => `${own}${hash("sha256", String(count), "hex").slice(0, 8)}.${mac}`,
      (count) => `${own}${keyId}.${mac.slice(0, count % 43)}`,
      (count) => `${own}${keyId}.${mac}${guess(count).slice(0, 1 + (count % 9))}`,
      (count) => `${own}${other.slice(other.lastIndexOf("/") + 1)}?${count}`,
      (count) => `${own}${guess(count)}`,
      (count) => url.replace(/pay_\w+/, `pay_0${guess(count).slice(0, 25)}`),
      (count) => url.replace("/psc/", `/${guess(count)}/`),
      (count) => url.replace("/psc/", "/cards/") + guess(count),
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
      (count) => ({ secret_key: key + guess(count) }),
      (count) => ({ secret_key: guess(count), id: guess(count) }),
      (count) => ({ secret_key: `${key.slice(0, -1)}\u{1d7d8}${count}` }),
      (count) => ({ secret_key: "", status: guess(count) }),
    ];
    const before = shop.database.dump();
    const answers = await answersTo((count) => fetch(notification(payment, kinds[count % kinds.length]!(count))));
    expect([...answers]).toEqual([expect.stringMatching(/^\[500,.*"Refused\."\]$/)]);
    expect(shop.database.dump()).toEqual(before);
    expect(await (await fetch(notification(payment, {}))).text()).toBe("OK");
  }, 300_000);
});

describe("replayed and reordered callbacks", () => {
  /** Every order of the items, each different one once. */
  function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
    if (items.length < 2) return [items];
    const all = items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
    return [...new Map(all.map((order) => [JSON.stringify(order), order])).values()];
  }

  /** Whatever was sent: paid, told so exactly once, and of no failure after it. */
  async function expectPaidOnce(payment: CheckoutResult): Promise<void> {
    const { state, events } = shop.database.story(payment.id);
    expect(state).toBe("succeeded");
    expect(events.filter((type) => type === "payment.succeeded")).toHaveLength(1);
    expect(events.at(-1)).toBe("payment.succeeded");
    await shop.told(payment, events.length);
    const heard = shop.heard.filter((event) => event.payment.id === payment.id).map(({ type }) => type);
    expect(heard.filter((type) => type === "payment.succeeded")).toHaveLength(1);
    expect(heard.at(-1)).toBe("payment.succeeded");
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

  it.each(GATEWAYS)("of %s end succeeded in random rows with one success in them", async (gateway) => {
    const random = seededRandom(7);
    for (let round = 0; round < (LONG ? 500 : 20); round++) {
      const row = [...random(2 + (round % 6))].map((byte) => byte % 3 === 0);
      row[random(1)[0]! % row.length] = true;
      const payment = await shop.checkout(gateway);
      for (const success of row) await shop.notify(payment, success);
      await expectPaidOnce(payment);
    }
  }, 120_000);

  it("of another transaction at a payment's own address pay nothing, in any order, and a person sees them", async () => {
    for (const order of orders(["own true", "own false", "other true"])) {
      const payment = await shop.checkout("psc");
      const { url } = shop.callback(payment, true);
      for (const step of order) {
        const [whose, finished] = step.split(" ") as [string, string];
        const id = whose === "own" ? payment.ref : `OTHER-${payment.id}`;
        await post(url, { PaySafeCardTransactionId: id, Finished: finished === "true" });
        const paid = order.indexOf("own true") <= order.indexOf(step);
        expect(shop.database.story(payment.id).state === "succeeded").toBe(paid);
      }
      await expectPaidOnce(payment);
      const { reviews } = shop.database.story(payment.id);
      expect(reviews).toEqual([
        order.indexOf("own true") < order.indexOf("other true") ? "double_payment" : "ref_mismatch",
      ]);
    }
  });
});

describe("secrets of another length", () => {
  it.each([0, 1, 42, 43, 44, 63, 65, 1_000])("(%i characters) are refused like any other, not an error", async (length) => {
    const cards = await shop.checkout("cards");
    const psc = await shop.checkout("psc");
    const address = shop.callback(psc, true).url;
    const before = shop.database.dump();
    for (const character of ["a", "\u00e9", "\u{1f511}"]) {
      const secret = character.repeat(length);
      const answer = await fetch(notification(cards, { secret_key: secret }));
      expect([answer.status, await answer.text()]).toEqual([500, "Refused."]);
      const guess = address.slice(0, -43) + encodeURIComponent(secret);
      const { init } = shop.callback(psc, true);
      expect((await fetch(guess, init)).status).toBe(404);
    }
    expect(shop.database.dump()).toEqual(before);
    expect(shop.errors()).toEqual([]);
  });
});

describe("JSON made to be read in two ways", () => {
  it.each<[string, string]>([
    ["30,000 nested lists", "[".repeat(30_000) + "]".repeat(30_000)],
    ["33 nested objects", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`],
    ["a repeated key deep inside", '{"a":[{"b":{"c":1,"c":2}}]}'],
    ["__proto__ deep inside", '{"a":[{"__proto__":{"Finished":true}}]}'],
    ["an escaped __proto__", '{"\\u005f_proto__":{"Finished":true}}'],
  ])("is refused: %s, beside fields that are right", async (_, value) => {
    const payment = await shop.checkout("psc");
    const before = shop.database.dump();
    const body = `{"PaySafeCardTransactionId":"${payment.ref}","Finished":true,"more":${value}}`;
    expect(JSON.parse(body)).toMatchObject({ Finished: true });
    const answer = await post(shop.callback(payment, true).url, body);
    expect([answer.status, await answer.text()]).toEqual([400, "Refused."]);
    expect(shop.database.dump()).toEqual(before);
    expect(({} as { Finished?: boolean }).Finished).toBeUndefined();
  });
});

describe("ids", () => {
  const NFC = "za\u017c\u00f3\u0142\u0107";

  it.each([
    ["a NUL", "\\u0000"],
    ["half a character", "\\ud800"],
    ["a line break", "\\n"],
    ["an escape sequence", "\\u001b[31m"],
  ])("with %s are refused in JSON", async (_, escaped) => {
    const payment = await shop.checkout("psc");
    const before = shop.database.dump();
    const body = `{"PaySafeCardTransactionId":"${payment.ref}${escaped}","Finished":true}`;
    expect((await post(shop.callback(payment, true).url, body)).status).toBe(400);
    expect(shop.database.dump()).toEqual(before);
  });

  it.each([
    ["decomposed", NFC.normalize("NFD")],
    ["in upper case", NFC.toUpperCase()],
    ["with a space before", ` ${NFC}`],
    ["with an invisible character", `${NFC}\u200b`],
  ])("that only look alike (%s) are others", async (_, lookalike) => {
    await open({
      gateway: async () =>
        Response.json({ status: 200, id: NFC, redirect_url: `${shop.simulator.url}/pay`, message: "" }),
    });
    const payment = await shop.checkout("cards");
    expect(payment.ref).toBe(NFC);
    const address = (id: string) =>
      `${shop.url}/pay/callbacks/cards?${new URLSearchParams({ secret_key: shop.selllySecret, id, status: "OK" })}`;
    expect(await (await fetch(address(lookalike))).text()).toBe("OK");
    expect(shop.database.story(payment.id).state).toBe("pending");
    expect(shop.database.column("SELECT subject FROM orphan")).toEqual([lookalike]);
    expect(await (await fetch(address(NFC))).text()).toBe("OK");
    expect(shop.database.story(payment.id).state).toBe("succeeded");
  });

  it("and texts that are SQL are texts", async () => {
    const sql = "x'); DROP TABLE payment; --";
    const payment = await shop.checkout("cards", { orderId: sql, description: sql, idempotencyKey: sql });
    await fetch(notification(payment, { id: sql, operator: sql }));
    await fetch(notification(payment, { operator: sql, payment_channel: sql }));
    expect(shop.database.rows("SELECT order_id, description, checkout_key, state FROM payment")).toEqual([
      { order_id: sql, description: sql, checkout_key: sql, state: "succeeded" },
    ]);
    expect(shop.database.column("SELECT subject FROM orphan")).toEqual([sql]);
    expect(await shop.pay.payments.ofOrder(sql)).toHaveLength(1);
    expect(await shop.pay.payments.ofOrder("x' OR '1'='1")).toEqual([]);
  });
});

describe("a gateway's redirect address", () => {
  it.each(GATEWAYS)("of %s is handed to the buyer as it is and never fetched by us", async (gateway) => {
    const asked: string[] = [];
    await open({
      async gateway(request, forward) {
        asked.push(new URL(request.url).pathname);
        return forward();
      },
    });
    const payment = await shop.checkout(gateway);
    expect(payment.next).toEqual({ kind: "redirect", url: shop.simulated(payment).pageUrl });
    expect(asked).toHaveLength(1);
  });

  it.each(GATEWAYS)("is not followed when %s redirects our request instead of answering it", async (gateway) => {
    const asked: string[] = [];
    await open({
      async gateway({ url }) {
        asked.push(new URL(url).pathname);
        return new Response(null, { status: 307, headers: { location: `${new URL(url).origin}/elsewhere` } });
      },
    });
    await expect(shop.checkout(gateway)).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(asked).toHaveLength(1);
    expect(asked).not.toContain("/elsewhere");
  });
});

describe("money", () => {
  it.each<[text: string, minor: number, psc: string, cards: string]>([
    ["4.35", 435, "4.35", "4.35"],
    ["1.10", 110, "1.1", "1.10"],
    ["0.07", 7, "0.07", "0.07"],
    ["20", 2000, "20", "20.00"],
    ["999999999.99", 99_999_999_999, "999999999.99", "999999999.99"],
  ])('of "%s" is exact in the row and in what each gateway is sent', async (text, minor, psc, cards) => {
    const sent: string[] = [];
    await open({
      async gateway(request, forward) {
        sent.push(await request.text());
        return forward();
      },
    });
    await shop.checkout("psc", { amount: money(text, "PLN") });
    await shop.checkout("cards", { amount: money(text, "PLN") });
    expect(sent[0]).toContain(`"Amount":${psc},`);
    expect(new URLSearchParams(sent[1]).get("price")).toBe(cards);
    expect(shop.database.column("SELECT amount FROM payment")).toEqual([minor, minor]);
  });

  it.each(["1.005", "1e3", "0x10", "", "1,50", "-1", "+1", " 1", ".5", "1.", "\u0661", "NaN", "90071992547409.92"])(
    'written as "%s" is refused, not guessed at',
    (text) => {
      expect(() => money(text, "PLN")).toThrow(expect.objectContaining({ code: "INVALID_AMOUNT", field: "amount" }));
    },
  );
});

describe("texts of 64 KiB", () => {
  /** Milliseconds. A pattern that backtracks takes seconds; what does not takes about 3, on a machine that is busy a few times that. */
  const SOON = 20;

  /** The shortest of several tries, in milliseconds: what it takes when nothing else runs. */
  async function quickest(work: () => Promise<unknown>): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < 7; round++) {
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  }

  const SIZE = 64 * 1024;

  it.each<[string, string]>([
    ["white space", " ".repeat(SIZE)],
    ["backslashes", `"${"\\\\".repeat(SIZE / 2 - 1)}"`],
    ["texts", `[${'"a" ,'.repeat(SIZE / 5 - 1)}"a"]`],
    ["keys", `{${Array.from({ length: 6_000 }, (_, at) => `"k${at}":1`).join(",")}}`],
    ["brackets", "[".repeat(SIZE)],
    ["one long text", `{"PaySafeCardTransactionId":"${"a".repeat(SIZE - 60)}","Finished":true}`],
  ])("as a body of %s are refused at once", async (_, body) => {
    const { url } = shop.callback(await shop.checkout("psc"), true);
    const time = await quickest(async () => {
      const answer = await shop.pay.fetch(new Request(url, { method: "POST", body: body.slice(0, SIZE) }));
      expect(answer.status).toBe(400);
    });
    expect(time).toBeLessThan(SOON);
  });

  it.each<[string, (text: string) => object]>([
    ["orderId", (text) => ({ orderId: text })],
    ["description", (text) => ({ description: text })],
    ["buyer.email", (text) => ({ buyer: { ...BUYER, email: text } })],
    ["buyer.ip", (text) => ({ buyer: { ...BUYER, ip: text } })],
    ["buyer.language", (text) => ({ buyer: { ...BUYER, language: text } })],
    ["returnUrl", (text) => ({ returnUrl: text })],
    ["amount.currency", (text) => ({ amount: { amount: 1, currency: text } })],
    ["options.paymentMethod", (text) => ({ options: { cards: { paymentMethod: text } } })],
  ])("as %s of a checkout are refused at once", async (field, changes) => {
    for (const unit of ["a", "1.", "a@", "https://a/", ":"]) {
      const text = unit.repeat(SIZE / unit.length);
      const time = await quickest(async () => {
        await expect(shop.checkout("cards", changes(text))).rejects.toMatchObject({ field });
      });
      expect(time).toBeLessThan(SOON);
    }
  });
});

describe("a clock that steps by a day", () => {
  const DAY = 24 * 60 * 60 * 1000;

  it.each(GATEWAYS)("forward does not expire what was paid through %s", async (gateway) => {
    const payment = await shop.checkout(gateway);
    await shop.notify(payment, true);
    await shop.told(payment);
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
    await shop.told(payment);
    shop.clock.step(-DAY);
    await shop.notify(payment, true);
    await shop.told(payment, 2);
    shop.clock.step(30 * DAY);
    await shop.clock.advance(30_000);
    expect(shop.database.story(payment.id)).toMatchObject({
      state: "succeeded",
      events: ["payment.failed", "payment.succeeded"],
      deliveries: ["delivered", "delivered"],
    });
  });

  it.each(GATEWAYS)("and expired a payment of %s is undone by its success, whatever the clock says then", async (gateway) => {
    const payment = await shop.checkout(gateway);
    shop.clock.step(8 * DAY);
    await shop.clock.advance(10_000);
    await shop.told(payment);
    expect(shop.database.story(payment.id).state).toBe("expired");
    shop.clock.step(-9 * DAY);
    await shop.notify(payment, true);
    await shop.told(payment, 2);
    expect(shop.database.story(payment.id)).toMatchObject({
      state: "succeeded",
      events: ["payment.expired", "payment.succeeded"],
      reviews: ["late_success"],
    });
  });
});

describe("authenticated notifications about nobody's payment", () => {
  const HOUR = 60 * 60 * 1000;
  const orphans = () => shop.database.rows("SELECT account, subject, reviewed FROM orphan ORDER BY subject");

  function unknown(id: string, status = "OK"): Promise<Response> {
    const query = new URLSearchParams({ secret_key: shop.selllySecret, id, status, email: BUYER.email });
    return fetch(`${shop.url}/pay/callbacks/cards?${query}`);
  }

  it("are kept once each, and shown to a person after an hour", async () => {
    for (let repeat = 0; repeat < 3; repeat++) expect(await (await unknown("NOBODY-1")).text()).toBe("OK");
    await unknown("NOBODY-2", "ERR");
    expect(orphans()).toEqual([
      { account: "sellly:SHOP1", subject: "NOBODY-1", reviewed: 0 },
      { account: "sellly:SHOP1", subject: "NOBODY-2", reviewed: 0 },
    ]);
    shop.clock.step(HOUR);
    await shop.clock.advance(10_000);
    await shop.until(() => shop.database.column("SELECT kind FROM review").length === 2);
    expect(shop.database.column("SELECT DISTINCT kind FROM review")).toEqual(["orphan"]);
    expect(orphans().map(({ reviewed }) => reviewed)).toEqual([1, 1]);
  });

  it("are bounded: past 10,000 the gateway is told to send again, and known payments are still paid", async () => {
    const payment = await shop.checkout("cards");
    const db = new DatabaseSync(shop.database.path);
    db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
             INSERT INTO orphan (account, subject, digest, fact, received_at)
             SELECT 'sellly:SHOP1', 'FLOOD-' || i, 'd', '{"kind":"failed"}', ${shop.clock.now()} FROM n`);
    db.close();
    const answer = await unknown("ONE-MORE");
    expect([answer.status, await answer.text()]).toEqual([503, "Not stored, send it again."]);
    expect(shop.database.column("SELECT count(*) FROM orphan")).toEqual([10_000]);
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
    expect([answer.status, await answer.text()]).toEqual([503, "Unknown payment."]);
    expect(orphans()).toEqual([{ account: "gosetti-psc:1234", subject: payment.id, reviewed: 0 }]);
    shop.clock.step(HOUR);
    await shop.clock.advance(10_000);
    await shop.until(() => shop.database.column("SELECT kind FROM review").length === 1);
    expect(shop.database.column("SELECT kind FROM review")).toEqual(["orphan"]);
  });
});

describe("what a gateway can write", () => {
  const HOSTILE = '"><script>alert(1)</script>\r\nSet-Cookie: a=b\r\n\r\n\u001b[31m\u0085\u2028';

  it.each(["operator", "operator_id", "payment_channel", "email", "status"])(
    "as Sellly's %s splits no answer, is not echoed, and is stored on one line",
    async (name) => {
      const payment = await shop.checkout("cards");
      const answer = await fetch(notification(payment, { [name]: HOSTILE }));
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect([answer.status, await answer.text()]).toEqual([200, "OK"]);
      const texts = Object.values(shop.database.dump().tables)
        .flat()
        .flatMap((row) => Object.values(row))
        .filter((value) => typeof value === "string");
      const decoded = texts.flatMap((text) => [text, ...stringsIn(text)]);
      expect(decoded.filter((text) => /\p{Cc}/u.test(text))).toEqual([]);
    },
  );

  it("as GOSetti.pl's id is not echoed: the answer is the shop's own address", async () => {
    const payment = await shop.checkout("psc");
    const id = '"><script>alert(1)</script>';
    const answer = await post(shop.callback(payment, true).url, { PaySafeCardTransactionId: id, Finished: true });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual({ RedirectUrl: `${RETURN_URL.failure}?payment=${payment.id}` });
    expect(shop.database.story(payment.id)).toMatchObject({ state: "pending", reviews: ["ref_mismatch"] });
  });

  it("comes back with headers that keep it out of caches, referers and guesses of its type", async () => {
    const [psc, cards] = [await shop.checkout("psc"), await shop.checkout("cards")];
    const { url } = shop.callback(psc, true);
    shop.broken.add("settle");
    const failed = [await shop.notify(psc, true), await shop.notify(cards, true)];
    shop.broken.clear();
    const answers = [
      ...failed,
      await shop.notify(psc, true),
      await shop.notify(cards, true),
      await post(url, "{}"),
      await post(url, " ".repeat(65_537)),
      await fetch(url),
      await post(`${url}x`, "{}"),
      await fetch(`${shop.url}/pay/callbacks/cards`),
      await fetch(`${shop.url}/pay/callbacks/cards?%ff`),
      await fetch(`${shop.url}/pay/health`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200, 200, 400, 413, 405, 404, 500, 400, 200]);
    for (const { headers } of answers) {
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-type")).toMatch(/^(text\/plain; charset=utf-8|application\/json)$/);
      expect(headers.get("location") ?? headers.get("x-powered-by") ?? headers.get("server")).toBeNull();
    }
  });

  /** Every text inside a JSON text. */
  function stringsIn(json: string): readonly string[] {
    const found: string[] = [];
    try {
      JSON.parse(json, (key, value) => {
        found.push(key, ...(typeof value === "string" ? [value] : []));
      });
    } catch {
      // Not JSON.
    }
    return found;
  }
});

describe("lines of the log", () => {
  it("cannot be split or coloured by anybody, and are JSON each", async () => {
    const printed: string[] = [];
    const spies = (["log", "info", "warn", "error"] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation((...texts: unknown[]) => {
        printed.push(texts.map(String).join(" "));
      }),
    );
    const hostile = 'x\r\n{"level":"error"}\u001b[31m\u0085\u2028';
    await open({
      logger: "own",
      handle() {
        throw new Error(hostile);
      },
    });
    const [psc, cards] = [await shop.checkout("psc"), await shop.checkout("cards")];
    await fetch(notification(cards, { secret_key: hostile }));
    await fetch(notification(cards, { id: hostile }));
    await fetch(notification(cards, { id: "nobody", operator: hostile, status: hostile }));
    await fetch(`${shop.url}/pay/callbacks/${encodeURIComponent(hostile)}/${encodeURIComponent(hostile)}`);
    await post(shop.callback(psc, true).url, { PaySafeCardTransactionId: hostile, Finished: true });
    await shop.notify(cards, true);
    await shop.until(() => shop.database.column("SELECT error FROM delivery")[0] !== null);
    shop.broken.add("settle");
    await shop.notify(psc, true);
    for (const spy of spies) spy.mockRestore();
    expect(printed.length).toBeGreaterThanOrEqual(6);
    for (const line of printed) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(warn|error)$/) });
    }
    expect(String(shop.database.column("SELECT error FROM delivery")[0])).not.toMatch(/\p{Cc}/u);
  });
});
