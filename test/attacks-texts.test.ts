import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { money } from "@pay/core";
import { notification, post } from "./support/callbacks.ts";
import { BUYER, type Gateway, RETURN_URL, type Shop, type ShopOptions, startShop } from "./support/shop.ts";

const GATEWAYS: readonly Gateway[] = ["psc", "cards"];

let shop: Shop;

/** A shop with other settings. */
async function open(options: ShopOptions): Promise<void> {
  await shop.close();
  shop = await startShop(options);
}

beforeEach(async () => {
  shop = await startShop();
});

afterEach(() => shop.close());

describe("JSON made to be read in two ways", () => {
  it.each<[string, string]>([
    ["30,000 nested lists", "[".repeat(30_000) + "]".repeat(30_000)],
    ["33 nested objects", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`],
    ["a repeated key deep inside", '{"a":[{"b":{"c":1,"c":2}}]}'],
    ["a field that is read, further in", '{"Finished":false}'],
  ])("has its effect, since nothing of it is read: %s, beside fields that are right", async (_, value) => {
    const payment = await shop.checkout("psc");
    const body = `{"more":${value},"PaySafeCardTransactionId":"${payment.providerReference}","Finished":true}`;
    expect((await post(shop.callback(payment, true).url, body)).status).toBe(200);
    expect(shop.database.story(payment.id).state).toBe("succeeded");
  });

  it.each<[string, string]>([
    ["__proto__ deep inside", '{"a":[{"__proto__":{"Finished":true}}]}'],
    ["an escaped __proto__", '{"\\u005f_proto__":{"Finished":true}}'],
  ])("is refused: %s, beside fields that are right", async (_, value) => {
    const payment = await shop.checkout("psc");
    const before = shop.database.dump();
    const body = `{"PaySafeCardTransactionId":"${payment.providerReference}","Finished":true,"more":${value}}`;
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
    const body = `{"PaySafeCardTransactionId":"${payment.providerReference}${escaped}","Finished":true}`;
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
    expect(payment.providerReference).toBe(NFC);
    const address = (id: string) =>
      `${shop.url}/pay/callbacks/cards?${new URLSearchParams({ secret_key: shop.selllySecret, id, status: "OK" })}`;
    expect(await (await fetch(address(lookalike))).text()).toBe("OK");
    expect(shop.database.story(payment.id).state).toBe("pending");
    expect(shop.database.column("SELECT subject FROM unmatched")).toEqual([lookalike]);
    expect(await (await fetch(address(NFC))).text()).toBe("OK");
    expect(shop.database.story(payment.id).state).toBe("succeeded");
  });

  it("and texts that are SQL are texts", async () => {
    const sql = "x'); DROP TABLE payment; --";
    const payment = await shop.checkout("cards", { orderId: sql, description: sql, idempotencyKey: sql });
    await fetch(notification(shop, payment, { id: sql, operator: sql }));
    await fetch(notification(shop, payment, { operator: sql, payment_channel: sql }));
    expect(shop.database.rows("SELECT order_id, description, checkout_key, state FROM payment")).toEqual([
      { order_id: sql, description: sql, checkout_key: sql, state: "succeeded" },
    ]);
    expect(shop.database.column("SELECT subject FROM unmatched")).toEqual([sql]);
    expect((await shop.pay.orders.get(sql)).payments).toHaveLength(1);
    expect((await shop.pay.orders.get("x' OR '1'='1")).payments).toEqual([]);
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
    let status = 0;
    await open({
      async gateway({ url }) {
        asked.push(new URL(url).pathname);
        return new Response(null, { status, headers: { location: `${new URL(url).origin}/elsewhere` } });
      },
    });
    for (status of [301, 302, 303, 307, 308]) {
      await expect(shop.checkout(gateway)).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    }
    expect(asked).toHaveLength(5);
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
  /** A pattern that backtracks takes seconds; one that does not takes about 3 ms. The limit allows for a busy machine. */
  const SOON_MS = 100;

  /** The shortest of several runs, in milliseconds, as if nothing else ran. */
  async function quickest(work: () => Promise<unknown>): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < 15; round++) {
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
    expect(time).toBeLessThan(SOON_MS);
  });

  it.each<[string, (text: string) => object]>([
    ["orderId", (text) => ({ orderId: text })],
    ["description", (text) => ({ description: text })],
    ["buyer.email", (text) => ({ buyer: { ...BUYER, email: text } })],
    ["buyer.ip", (text) => ({ buyer: { ...BUYER, ip: text } })],
    ["buyer.language", (text) => ({ buyer: { ...BUYER, language: text } })],
    ["returnUrl", (text) => ({ returnUrl: text })],
    ["amount.currency", (text) => ({ amount: { value: 1, currency: text } })],
    ["options.paymentMethod", (text) => ({ options: { cards: { paymentMethod: text } } })],
  ])("as %s of a checkout are refused at once", async (field, changes) => {
    for (const unit of ["a", "1.", "a@", "https://a/", ":"]) {
      const text = unit.repeat(SIZE / unit.length);
      const time = await quickest(async () => {
        await expect(shop.checkout("cards", changes(text))).rejects.toMatchObject({ field });
      });
      expect(time).toBeLessThan(SOON_MS);
    }
  });
});

describe("what a gateway can write", () => {
  const HOSTILE = '"><script>alert(1)</script>\r\nSet-Cookie: a=b\r\n\r\n\u001b[31m\u0085\u2028';

  it.each(["operator", "operator_id", "payment_channel", "email", "status"])(
    "as Sellly's %s splits no answer, is not echoed, and is stored on one line",
    async (name) => {
      const payment = await shop.checkout("cards");
      const answer = await fetch(notification(shop, payment, { [name]: HOSTILE }));
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
    expect(shop.database.story(payment.id)).toMatchObject({ state: "pending", reviews: ["reference_mismatch"] });
  });

  it("comes back with headers that keep it out of caches, referers and guesses of its type", async () => {
    const [psc, cards] = [await shop.checkout("psc"), await shop.checkout("cards")];
    const { url } = shop.callback(psc, true);
    shop.broken.add("update");
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
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200, 200, 400, 413, 405, 404, 400, 400, 200]);
    for (const { headers } of answers) {
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-type")).toMatch(/^(text\/plain; charset=utf-8|application\/json)$/);
      expect(headers.get("location") ?? headers.get("x-powered-by") ?? headers.get("server")).toBeNull();
    }
  });

  /** All strings inside a JSON text. */
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
    await fetch(notification(shop, cards, { secret_key: hostile }));
    await fetch(notification(shop, cards, { id: hostile }));
    await fetch(notification(shop, cards, { id: "nobody", operator: hostile, status: hostile }));
    await fetch(`${shop.url}/pay/callbacks/${encodeURIComponent(hostile)}/${encodeURIComponent(hostile)}`);
    await post(shop.callback(psc, true).url, { PaySafeCardTransactionId: hostile, Finished: true });
    await shop.notify(cards, true);
    await shop.until(() => shop.database.column("SELECT error FROM delivery")[0] !== null);
    shop.broken.add("update");
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
