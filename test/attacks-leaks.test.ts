import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { CheckoutResult } from "@pay/core";
import { BUYER, type Gateway, RETURN_URL, type Shop, startShop } from "./support/shop.ts";

/** Texts that occur nowhere else. Wherever one is found, it leaked. */
const SECRET = "canary-of-the-secret-that-signs-addresses";
const OLD_SECRET = "canary-of-the-secret-that-signed-addresses";
const KEY = "canary-of-the-key-agreed-with-sellly";
const EMAIL = "canary.of.the.buyer@shop.example";
const OTHER_EMAIL = "canary.of.a.stranger@shop.example";
const IP = "203.0.113.217";

/** The places where texts appear. Each text is searched for every canary. */
interface Sinks {
  readonly log: string[];
  readonly printed: string[];
  readonly errors: string[];
  readonly results: string[];
  readonly answers: string[];
  readonly events: string[];
  readonly rows: string[];
}

const sinks: Sinks = { log: [], printed: [], errors: [], results: [], answers: [], events: [], rows: [] };
/** Last parts of callback addresses. Anyone who has one can forge a success. */
const tokens = new Set<string>();
/** The requests to the gateways, where the canaries belong. */
const sent: string[] = [];
/** How the gateway answers the next creates. */
let gateway: "works" | "echoes" | "echoes an error" | "refuses the key" | "hangs up" = "works";
let shop: Shop;

beforeAll(async () => {
  const spies = [
    ...(["log", "info", "warn", "error", "debug"] as const).map((level) => jest.spyOn(console, level)),
    ...[process.stdout, process.stderr].map((stream) => jest.spyOn(stream, "write")),
  ];
  for (const spy of spies) {
    spy.mockImplementation(((...given: unknown[]) => {
      sinks.printed.push(inspect(given, { depth: 20 }));
      return true;
    }) as never);
  }
  for (const logger of ["log", "own"] as const) {
    shop = await startShop({
      secret: [SECRET, OLD_SECRET],
      selllySecret: KEY,
      // One of the flows removes a secret while payments are open.
      allowStranded: true,
      logger,
      gateway: misbehave,
      handle({ payment }) {
        if (payment.orderId.startsWith("handler-fails")) throw new Error("the warehouse is closed");
      },
    });
    await everything();
    sinks.log.push(...shop.log);
    sinks.events.push(...shop.handled.map((event) => inspect(event, { depth: 20 }) + JSON.stringify(event)));
    sinks.rows.push(shop.database.bytes().toString("latin1"));
    await shop.stop();
    sinks.rows.push(shop.database.bytes().toString("latin1"));
    await shop.close();
  }
  for (const spy of spies) spy.mockRestore();
});

async function misbehave(request: Request, forward: () => Promise<Response>): Promise<Response> {
  const body = await request.text();
  sent.push(body);
  for (const [, token] of body.matchAll(/\/pay_\w+\/[0-9a-f]{8}\.([\w-]{43})/g)) tokens.add(token!);
  switch (gateway) {
    case "works":
      return forward();
    case "echoes":
      return new Response(`${body} ${decodeURIComponent(body)}`, { status: 200 });
    case "echoes an error":
      return new Response(`${body} ${decodeURIComponent(body)}`, { status: 400 });
    case "refuses the key":
      return Response.json({ status: 602, message: `Wrong secret_key ${KEY}` }, { status: 500 });
    case "hangs up":
      throw new Error("the front answers 500");
    default:
      return gateway satisfies never;
  }
}

/** Runs every flow, including the failures. */
async function everything(): Promise<void> {
  for (const provider of ["psc", "cards"] as const) {
    gateway = "works";
    const paid = await buy(provider);
    await observe(shop.notify(paid, true));
    await observe(shop.notify(paid, true));
    await shop.buyer(paid, "pay");
    await shop.untilDelivered(paid);
    await note(shop.checkout(provider, { ...buyer(), orderId: paid.orderId }));
    const declined = await buy(provider, { idempotencyKey: `key-${provider}` });
    await shop.buyer(declined, "decline");
    await note(shop.checkout(provider, { ...buyer(), idempotencyKey: `key-${provider}`, description: EMAIL }));
    await forgeries(provider, declined);
    await failures(provider);
    await afterRotation(provider);
  }
  sinks.results.push(inspect(shop.pay, { depth: 20, showHidden: true }), inspect(await shop.pay.reviews.list()));
  const { callbacks } = shop.simulator;
  sinks.answers.push(...callbacks().map(({ response }) => JSON.stringify(response)));
}

async function forgeries(provider: Gateway, payment: CheckoutResult): Promise<void> {
  const { url, init } = shop.callback(payment, true);
  await observe(fetch(`${url}x`, init));
  await observe(fetch(`${url}&secret_key=${KEY}`, init));
  await observe(fetch(`${url}?%ff`, init));
  await observe(fetch(url, { ...init, method: provider === "psc" ? "PUT" : "POST", body: `${KEY} ${EMAIL}` }));
  await observe(fetch(url.replace(/secret_key=[^&]*/, `secret_key=${KEY.slice(1)}`), init));
  if (provider === "psc") {
    for (const body of [EMAIL, `{"${EMAIL}":"${url}"`, "x".repeat(70_000)]) {
      await observe(fetch(url, { method: "POST", body }));
    }
  } else {
    await observe(fetch(url.replace(/([?&]id)=[^&]*/, "$1=NOBODY").replace(/email=[^&]*/, `email=${OTHER_EMAIL}`)));
    await observe(fetch(url.replace(/status=\w+/, "status=MAYBE")));
    await observe(fetch(url.replace(/([?&])id=[^&]*/, "$1id=")));
  }
}

async function failures(provider: Gateway): Promise<void> {
  for (const behaviour of ["echoes", "echoes an error", "refuses the key", "hangs up"] as const) {
    gateway = behaviour;
    await note(shop.checkout(provider, buyer()));
  }
  gateway = "works";
  for (const method of ["insert", "update"] as const) {
    shop.broken.add(method);
    await note(shop.checkout(provider, buyer()));
    shop.broken.clear();
  }
  for (const wrong of [
    { buyer: { ...BUYER, ip: EMAIL } },
    { buyer: { ...BUYER, email: `${EMAIL} ${KEY}` } },
    { buyer: { ...BUYER, language: KEY.padEnd(1001) } },
    { returnUrl: `http://${KEY}@shop.example` },
    { options: { [provider]: { secretKey: KEY } } },
    { providerName: KEY },
  ]) {
    await note(shop.checkout(provider, { ...buyer(), ...wrong }));
  }
  const unlucky = await buy(provider, { orderId: `handler-fails-${provider}` });
  shop.broken.add("update");
  await observe(shop.notify(unlucky, true));
  shop.broken.clear();
  await observe(shop.notify(unlucky, true));
  await shop.until(() => shop.database.story(unlucky.id).deliveries[0] === "due");
  const silent = await buy(provider);
  shop.clock.step(silent.expiresAt - shop.clock.now());
  await shop.clock.advance(10_000);
  await shop.untilDelivered(silent);
}

async function afterRotation(provider: Gateway): Promise<void> {
  const payment = await buy(provider);
  await shop.reopen(OLD_SECRET);
  await observe(shop.notify(payment, true));
  await shop.stop();
  await observe(shop.notify(payment, true));
  await note(shop.checkout(provider, buyer()));
  await shop.reopen([SECRET, OLD_SECRET]);
}

const buyer = () => ({ buyer: { ip: IP, email: EMAIL, language: "pl" }, returnUrl: RETURN_URL });

async function buy(provider: Gateway, changes: object = {}): Promise<CheckoutResult> {
  const payment = await shop.checkout(provider, { ...buyer(), ...changes });
  const { deliveries, payments } = shop.pay;
  for (const result of [
    payment,
    await payments.get(payment.id),
    await shop.pay.orders.get(payment.orderId),
    await payments.history(payment.id),
    await deliveries.list(payment.id),
  ]) {
    sinks.results.push(inspect(result, { depth: 20, showHidden: true }));
  }
  return payment;
}

/** Records all texts of an answer of Pay. */
async function observe(answer: Promise<Response>): Promise<void> {
  const { headers, status, text } = await answer.then(async (response) => ({
    status: response.status,
    headers: [...response.headers],
    text: await response.text(),
  }));
  sinks.answers.push(JSON.stringify([status, headers, text]));
}

/** Records all texts of an error, as any inspection shows them. */
async function note(failing: Promise<unknown>): Promise<void> {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error("This was meant to fail.");
  sinks.errors.push(inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error));
}

afterAll(() => shop.close());

/** The encodings in which a text may appear. */
function spellings(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  // The Base64 of a text inside another depends on its position, so the search uses the part that does not.
  const base64 = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    return shifted.slice(shift === 0 ? 0 : 4, -4);
  });
  return [text, encodeURIComponent(text), bytes.toString("hex"), bytes.toString("utf16le"), ...base64].map((spelling) =>
    spelling.toLowerCase(),
  );
}

function leaksOf(canary: string, texts: readonly string[]): readonly string[] {
  const searched = spellings(canary);
  return texts.filter((text) => searched.some((spelling) => text.toLowerCase().includes(spelling)));
}

describe("after every flow, its bad ends included", () => {
  const canaries = [SECRET, OLD_SECRET, KEY, EMAIL, OTHER_EMAIL, IP];

  it("the gateways were sent what belongs there, so there was something to leak", () => {
    expect(sent.some((body) => body.includes(KEY))).toBe(true);
    expect(sent.some((body) => body.includes(encodeURIComponent(EMAIL)))).toBe(true);
    expect(sent.some((body) => body.includes(IP))).toBe(true);
    expect(tokens.size).toBeGreaterThan(10);
    const { errors, log, answers, events } = sinks;
    for (const texts of [errors, log, answers, events]) expect(texts.length).toBeGreaterThan(10);
    expect(sinks.printed.length).toBeGreaterThan(5);
  });

  it("a canary would be found in any spelling", () => {
    for (const text of [
      `x${EMAIL}`,
      encodeURIComponent(EMAIL),
      Buffer.from(`{"email":"${EMAIL}"}`).toString("base64"),
    ]) {
      expect(leaksOf(EMAIL, [text])).toHaveLength(1);
    }
  });

  it.each(Object.keys(sinks) as (keyof Sinks)[])("no secret, e-mail or IP is in the %s", (sink) => {
    for (const canary of canaries) expect([canary, leaksOf(canary, sinks[sink])]).toEqual([canary, []]);
  });

  it.each(Object.keys(sinks) as (keyof Sinks)[])("no callback token is in the %s", (sink) => {
    for (const token of tokens) expect(sinks[sink].filter((text) => text.includes(token))).toEqual([]);
  });
});

describe("addresses of callbacks", () => {
  it("are in no log line or error, not even without their token", () => {
    for (const text of [...sinks.log, ...sinks.printed, ...sinks.errors]) expect(text).not.toContain("/callbacks/");
  });
});
