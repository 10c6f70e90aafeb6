import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Clock, manualClock } from "../../../test/clock.ts";
import { createSellly, postSellly, press } from "../../../test/create.ts";
import { type Shop, type ShopAnswer, startShop } from "../../../test/shop.ts";
import { DEMO_SELLLY_SHOP, type Simulator, startSimulator } from "../../index.ts";

const { secretKey, shopId } = DEMO_SELLLY_SHOP;

let clock: Clock;
let simulator: Simulator;
let shop: Shop;
let answer: (count: number) => ShopAnswer;

beforeEach(async () => {
  clock = manualClock();
  answer = () => ({ body: "OK" });
  simulator = await startSimulator({ schedule: clock.schedule });
  shop = await startShop((_request, count) => answer(count));
  simulator.setSelllyNotificationUrl(shopId, `${shop.url}/notify?tenant=a%2Fb`);
});

afterEach(async () => {
  await simulator.close();
  await shop.close();
});

function notified(index: number): Record<string, string> {
  return Object.fromEntries(new URL(shop.requests[index]!.url, shop.url).searchParams);
}

describe("Sellly create", () => {
  it("knows a demo shop with a 256-bit key", () => {
    expect(secretKey).toMatch(/^[0-9a-f]{64}$/);
  });

  it("replies with the four documented fields and nothing else", async () => {
    const response = await postSellly(simulator);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const [payment] = simulator.payments();
    expect(await response.json()).toEqual({
      status: 200,
      id: payment!.id,
      redirect_url: payment!.pageUrl,
      message: "Płatność została wygenerowana, trwa przekierowywanie...",
    });
    expect(payment!.id).toMatch(/^[0-9A-Z]{19}$/);
    expect(payment).toMatchObject({ gateway: "sellly", amount: "1.23", currency: "PLN", state: "open" });
    expect(JSON.stringify(payment)).not.toContain(secretKey);
  });

  it.each([
    ...["shop_id", "secret_key", "operator", "currency_code", "price", "language_code", "buyer_email", "ip"].flatMap(
      (field): [number, Record<string, string | undefined>][] => [
        [600, { [field]: undefined }],
        [600, { [field]: "" }],
      ],
    ),
    [601, { shop_id: "NONE" }],
    [602, { secret_key: "wrong" }],
    [603, { operator: "paypal" }],
    [604, { currency_code: "GBP" }],
    [604, { currency_code: "pln" }],
    [605, { price: "1,23" }],
    [605, { price: "123" }],
    [605, { price: "0.00" }],
    [605, { price: "-1.00" }],
    [605, { price: "1.234" }],
    [606, { language_code: "de" }],
    [607, { buyer_email: "test@" }],
    [608, { ip: "IP" }],
    [609, { currency_converter_code: "EUR" }],
  ] satisfies [number, Record<string, string | undefined>][])(
    "answers HTTP 500 with code %i to %j",
    async (code, changes) => {
      const response = await postSellly(simulator, changes);
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual({ status: code, message: expect.any(String) });
      expect(simulator.payments()).toEqual([]);
    },
  );

  it("uses the documented Polish texts of the errors", async () => {
    const reply = await (await postSellly(simulator, { price: "x" })).json();
    expect(reply).toEqual({ status: 605, message: "Wartość price jest nieprawidłowa." });
  });

  it("refuses a repeated field and another content type with 600", async () => {
    const form = new URLSearchParams(
      `shop_id=${shopId}&secret_key=${secretKey}&operator=cashbill&currency_code=PLN&price=1.23`,
    );
    for (const [name, value] of [
      ["language_code", "pl"],
      ["buyer_email", "a@b.pl"],
      ["ip", "::1"],
    ] as const)
      form.append(name, value);
    const post = (init: RequestInit): Promise<Response> =>
      fetch(`${simulator.selllyUrl}/pay`, { method: "POST", ...init });
    expect((await post({ body: form })).status).toBe(200);
    const json = { body: JSON.stringify(Object.fromEntries(form)), headers: { "content-type": "application/json" } };
    form.append("price", "1.23");
    for (const init of [{ body: form }, json]) {
      expect(await (await post(init)).json()).toMatchObject({ status: 600 });
    }
  });

  it("answers 699 once after an upstream failure was asked for", async () => {
    await fetch(`${simulator.url}/api/sellly/shops/${shopId}/upstream-failure`, { method: "POST" });
    const failed = await postSellly(simulator);
    expect(failed.status).toBe(500);
    expect(await failed.json()).toEqual({ status: 699, message: "Błąd w komunikacji z pośrednikiem płatności." });
    expect((await postSellly(simulator)).status).toBe(200);
  });
});

describe("Sellly notification", () => {
  it.each([
    ["pay", "OK", "paid"],
    ["decline", "ERR", "declined"],
  ] as const)("after %s is a GET with the seven documented parameters, status %s", async (action, status, state) => {
    const id = await createSellly(simulator, { buyer_email: "a+b@test.pl", payment_method: "paysafecard" });
    await simulator.act(id, action);
    await simulator.idle(id);
    expect(shop.requests[0]).toMatchObject({ method: "GET", body: "" });
    expect(shop.requests[0]!.url).toMatch(/^\/notify\?tenant=a%2Fb&secret_key=/);
    expect(notified(0)).toEqual({
      tenant: "a/b",
      secret_key: secretKey,
      id,
      operator: "cashbill",
      operator_id: expect.stringMatching(/^[0-9A-Z]{12}$/),
      payment_channel: "paysafecard",
      email: "a+b@test.pl",
      status,
    });
    expect(simulator.payments()[0]!.state).toBe(state);
    expect(simulator.callbacks()[0]!.verdict).toEqual({ kind: "accepted", redirectUrl: null, nextInMs: null });
    expect(clock.delays()).toEqual([]);
  });

  it.each<[string, ShopAnswer]>([
    ["Ok", { body: "Ok" }],
    ["OK and a line feed", { body: "OK\n" }],
    ["OK in quotes", { body: '"OK"' }],
    ["OK after a BOM", { body: "\uFEFFOK" }],
    ["nothing", { body: "" }],
    ["bytes that are no text", { body: new Uint8Array([0x4f, 0xff]) }],
    ["OK with status 201", { status: 201, body: "OK" }],
    ["OK with status 500", { status: 500, body: "OK" }],
    ["a redirect", { status: 302, headers: { location: "/elsewhere" }, body: "OK" }],
    ["no answer", { hangUp: true }],
  ])("is sent again, unchanged, after %s", async (_name, bad) => {
    answer = (count) => (count < 3 ? bad : { body: "OK" });
    const id = await createSellly(simulator);
    await simulator.act(id, "pay");
    await simulator.idle(id);
    expect(simulator.callbacks()[0]!.verdict).toMatchObject({ kind: "will_retry", nextInMs: 30_000 });
    for (let attempt = 2; attempt <= 3; attempt++) {
      expect(clock.delays()).toEqual([30_000]);
      clock.fire();
      await simulator.idle(id);
    }
    expect(clock.delays()).toEqual([]);
    expect(new Set(shop.requests.map(({ url }) => url)).size).toBe(1);
    expect(simulator.callbacks().map(({ verdict }) => verdict.kind)).toEqual(["will_retry", "will_retry", "accepted"]);
  });

  it("records the request as sent and the answer byte for byte", async () => {
    answer = () => ({ body: new Uint8Array([0x4f, 0xff]), headers: { "x-shop": "1" } });
    const id = await createSellly(simulator);
    await simulator.act(id, "pay");
    await simulator.idle(id);
    const [callback] = simulator.callbacks();
    expect(callback!.request).toMatchObject({ method: "GET", url: `${shop.url}${shop.requests[0]!.url}`, body: null });
    expect(callback!.response).toMatchObject({ status: 200, headers: { "x-shop": "1" } });
    expect(callback!.response!.body).toEqual({ kind: "base64", base64: "T/8=" });
  });

  it("waits for an address when none is set, and uses the one set later", async () => {
    const lonely = await startSimulator({ schedule: clock.schedule });
    const id = await createSellly(lonely);
    await lonely.act(id, "pay");
    await lonely.idle(id);
    const reason = "no notification address is set for the shop";
    expect(lonely.callbacks()[0]).toMatchObject({
      request: null,
      error: reason,
      verdict: { kind: "will_retry", reason },
    });
    lonely.setSelllyNotificationUrl(shopId, shop.url);
    clock.fire();
    await lonely.idle(id);
    expect(lonely.callbacks()[1]!.verdict.kind).toBe("accepted");
    await lonely.close();
  });

  it("refuses an address on another machine, and one for an unknown shop", () => {
    expect(() => simulator.setSelllyNotificationUrl(shopId, "https://example.com/")).toThrow("only calls loopback");
    expect(() => simulator.setSelllyNotificationUrl("NONE", shop.url)).toThrow("There is no Sellly shop NONE");
  });
});

describe("Sellly's buyer", () => {
  it("ends on a plain page, does not wait for the shop, and chooses the channel", async () => {
    const id = await createSellly(simulator, { operator: "stripe", currency_code: "EUR" });
    const { pageUrl } = simulator.payments()[0]!;
    expect((await press(pageUrl, "pay", { payment_channel: "blik" })).status).toBe(400);
    const response = await press(pageUrl, "pay", { payment_channel: "ideal" });
    expect(response.headers.get("location")).toBe(`${pageUrl}?lang=pl`);
    expect(await (await fetch(pageUrl)).text()).toContain("<h1>Płatność przyjęta</h1>");
    await simulator.idle(id);
    expect(notified(0)).toMatchObject({ operator: "stripe", payment_channel: "ideal" });
  });

  it("goes to the return address set up with Sellly, paid or declined", async () => {
    const returning = {
      shopId: "S",
      secretKey: "k",
      notificationUrl: shop.url,
      returnUrl: "https://shop.example/back",
    };
    const other = await startSimulator({ schedule: clock.schedule, sellly: { shops: [returning] } });
    const paid = await createSellly(other, { shop_id: "S", secret_key: "k" });
    expect(await other.act(paid, "pay")).toEqual({ kind: "redirect", url: "https://shop.example/back" });
    await createSellly(other, { shop_id: "S", secret_key: "k" });
    const declined = await press(other.payments()[1]!.pageUrl, "decline");
    expect(declined.headers.get("location")).toBe("https://shop.example/back");
    await other.close();
  });
});
