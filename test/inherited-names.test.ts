import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as config from "@pay/config";
import * as console from "@pay/console";
import * as core from "@pay/core";
import * as adapterKit from "@pay/core/adapter";
import * as coreConfig from "@pay/core/config";
import * as storeKit from "@pay/core/store";
import * as testing from "@pay/core/testing";
import * as gosettiPsc from "@pay/gosetti-psc";
import * as i18n from "@pay/i18n";
import * as node from "@pay/node";
import * as postgres from "@pay/postgres";
import * as sellly from "@pay/sellly";
import * as simulator from "@pay/simulator";
import * as sqlite from "@pay/sqlite";
import * as testkit from "@pay/testkit";
import * as v from "valibot";
import { quietLogger } from "./support/quiet-logger.ts";
import { SECRET } from "./support/secret.ts";
import { type Databases, startDatabases } from "./support/stores.ts";

/** Names that every object inherits, and names that objects treat in a special way. */
const INHERITED = ["constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf"] as const;
const NAMES: readonly string[] = [...INHERITED, "__proto__", "__defineGetter__", "prototype", "then", "length"];

const folder = mkdtempSync(join(tmpdir(), "pay-names-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An object with one own property of this name, whatever the name. */
// biome-ignore lint/suspicious/noExplicitAny: plain JavaScript can pass it for anything
const own = (name: string, value: unknown): any => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
const call = () => adapterKit.createCall(new AbortController().signal);
const logger = quietLogger();
const BASE = { baseUrl: "https://shop.example/pay", secret: SECRET, logger };
const request = (of: { requiredBuyerFields: unknown }, change: object) =>
  ({
    orderId: "order-1",
    amount: core.money("1.00", "PLN"),
    description: "VIP",
    buyer: { ip: "203.0.113.7", email: "a@example.com", language: "pl" },
    of,
    ...change,
  }) as never;
const psc = gosettiPsc.goSettiPsc({ userId: 1 });
const cards = sellly.sellly({ shopId: "S", secretKey: "k", operator: "stripe" });
const callback = (name: string) =>
  testing.callbackRequest({
    query: `${name}=${name}&secret_key=k&id=1&status=${name}`,
    body: JSON.stringify(own(name, name)),
  });
const tryOut = (provider: core.PaymentProvider, name: string) => [
  () => provider.validate?.(request(provider, { amount: { value: 1, currency: name } })),
  () => provider.validate?.(request(provider, { buyer: own(name, name) })),
  () => provider.validate?.(request(provider, { options: own(name, name) })),
  () => provider.receive(callback(name), call()),
];

type Calls = Readonly<Record<string, (name: string) => readonly (() => unknown)[]>>;
const NONE = () => [];

/** Calls of every exported function with the name in each place where a name, id, key, kind or text belongs. */
const CALLS: Readonly<Record<string, readonly [module: object, calls: Calls]>> = {
  "@pay/core": [
    core,
    {
      createPay: (name) => [
        () => core.createPay({ ...BASE, providers: own(name, 1), store: core.memoryStore() }),
        () =>
          core.createPay({
            ...BASE,
            providers: { cards: testing.fakeProvider() },
            store: core.memoryStore(),
            default: name as never,
          }),
        () =>
          core.createPay({
            ...BASE,
            providers: { cards: testing.fakeProvider() },
            store: core.memoryStore(),
            retired: [name as never],
          }),
        () =>
          core.createPay({
            ...BASE,
            ...own(name, 1),
            providers: { cards: testing.fakeProvider() },
            store: core.memoryStore(),
          }),
        () => core.createPay(own(name, 1)),
        () => core.createPay(name as never),
      ],
      openPay: (name) => [() => core.openPay(own(name, 1)), () => core.openPay({ store: name } as never)],
      registerPay: (name) => [() => core.registerPay({ isRegistered: () => true } as never, own(name, 1))],
      money: (name) => [() => core.money("1.00", name), () => core.money(name, "PLN")],
      formatMoney: (name) => [() => core.formatMoney({ value: 1, currency: name })],
      httpExchangeLog: (name) => [() => core.httpExchangeLog().of(name), () => core.httpExchangeLog(own(name, 1))],
      isPayError: (name) => [() => core.isPayError(name), () => core.isPayError(own(name, 1))],
      memoryStore: NONE,
      safeLogger: NONE,
      sameMoney: (name) => [() => core.sameMoney({ value: 1, currency: name }, { value: 1, currency: "PLN" })],
      PayError: (name) => [() => new core.PayError(name as never, name).message],
      prunePayments: (name) => [() => core.prunePayments(core.memoryStore(), own(name, 1))],
    },
  ],
  "@pay/core/adapter": [
    adapterKit,
    {
      createCall: NONE,
      digest: (name) => [
        () => adapterKit.digest(name as never, "a"),
        () => adapterKit.digest("sha256", "a", name as never),
      ],
      hmac: (name) => [
        () => adapterKit.hmac(name as never, "k", "a"),
        () => adapterKit.hmac("sha256", "k", "a", name as never),
      ],
      equalsAny: (name) => [() => adapterKit.equalsAny(name, [name])],
      secretsEqual: (name) => [() => adapterKit.secretsEqual(name, "")],
      formatMoney: (name) => [() => adapterKit.formatMoney({ value: 1, currency: name })],
      money: (name) => [() => adapterKit.money("1.00", name)],
      parseMoney: (name) => [() => adapterKit.parseMoney("1.00", name), () => adapterKit.parseMoney(name, "PLN")],
      gatewayAddress: (name) => [() => adapterKit.gatewayAddress(name, name)],
      isGatewayAddress: (name) => [() => adapterKit.isGatewayAddress(name)],
      isGivenText: (name) => [() => adapterKit.isGivenText(name)],
      isIpAddress: (name) => [() => adapterKit.isIpAddress(name)],
      redirectAddress: (name) => [() => adapterKit.redirectAddress(name, name)],
      isPayError: (name) => [() => adapterKit.isPayError(own(name, 1))],
      PayError: NONE,
      joinFields: (name) => [() => adapterKit.joinFields([name], own(name, 1))],
      valuesByName: (name) => [() => adapterKit.valuesByName(own(name, name))],
      jwsKeySet: (name) => [
        () => adapterKit.jwsKeySet({ keys: [own(name, 1), { kty: name, kid: name, crv: name }] }, name),
      ],
      jwsPublicKey: (name) => [() => adapterKit.jwsPublicKey(name, name)],
      jwsSecret: (name) => [() => adapterKit.jwsSecret(name.repeat(20), name)],
      verifyJws: (name) => [
        () =>
          adapterKit.verifyJws(
            `${Buffer.from(JSON.stringify({ alg: name, kid: name })).toString("base64url")}.e30.eA`,
            {
              algorithms: [name as never],
              keys: [adapterKit.jwsSecret("k".repeat(32))],
            } as never,
          ),
      ],
      loadHttp: NONE,
      optionsSchema: (name) => [
        () => adapterKit.optionsSchema(v.strictObject({}), own(name, name))["~standard"].validate(own(name, 1)),
      ],
      parseInput: (name) => [
        () => adapterKit.parseInput(v.strictObject({ a: v.number() }), own(name, 1), name as never, own(name, name)),
      ],
      parseProviderReference: (name) => [() => adapterKit.parseProviderReference(name)],
      parseStrictJson: (name) => [() => adapterKit.parseStrictJson(Buffer.from(JSON.stringify(own(name, 1))))],
      parseStrictParams: (name) => [
        () => adapterKit.parseStrictParams(`${name}=1`).get(name),
        () => adapterKit.parseStrictParams("a=1").get(name),
      ],
      send: (name) => [
        () => adapterKit.send(call(), { method: name as never, url: name, read: () => 1 }),
        () =>
          adapterKit.send(call(), {
            method: "GET",
            url: "http://127.0.0.1:1/",
            headers: own(name, name),
            read: () => 1,
          }),
      ],
      storable: (name) => [() => adapterKit.storable(name)],
      watchHttpExchanges: NONE,
    },
  ],
  "@pay/core/config": [
    coreConfig,
    {
      checkRuntime: (name) => [() => coreConfig.checkRuntime(own(name, 1))],
      defaultRemedy: (name) => [() => coreConfig.defaultRemedy(name, [name])],
      publicAddress: (name) => [() => coreConfig.publicAddress(name)],
      safeLogger: NONE,
      secretRemedy: (name) => [() => coreConfig.secretRemedy(name)],
      isShowableName: (name) => [() => coreConfig.isShowableName(name)],
      isShowableVariable: (name) => [() => coreConfig.isShowableVariable(name)],
      suggestName: (name) => [() => coreConfig.suggestName(name, [name])],
      unknownNameRemedy: (name) => [() => coreConfig.unknownNameRemedy(name, [name])],
    },
  ],
  "@pay/core/store": [
    storeKit,
    {
      isPayError: NONE,
      PayError: NONE,
      createIds: NONE,
      firstPaymentIdOf: NONE,
      streamOf: NONE,
      unmatchedDigest: NONE,
    },
  ],
  "@pay/core/testing": [
    testing,
    {
      callbackRequest: (name) => [
        () => callback(name).query.get(name),
        () => testing.callbackRequest({ headers: { [name]: name } }).headers.get(name),
      ],
      fakeProvider: (name) => [() => testing.fakeProvider({ name }).receive(callback(name), call())],
      idle: NONE,
      manualClock: (name) => [() => testing.manualClock(own(name, 1)).now()],
      until: NONE,
    },
  ],
  "@pay/config": [
    config,
    {
      loadConfig: (name) => [
        () => config.loadConfig(own(name, 1)),
        () => config.loadConfig({ providers: own(name, own(name, name)), store: name }),
        () => config.loadConfig({ secret: { env: name }, baseUrl: { file: name }, default: name }),
        () => config.loadConfig({ providers: { cards: { use: name } } }),
        () =>
          config.loadConfig({ providers: { cards: { use: "@pay/sellly", shopId: "S", secretKey: own(name, name) } } }),
        () => config.loadConfig(name),
      ],
      loadPay: (name) => [() => config.loadPay(own(name, 1)), () => config.loadPay(name)],
      loadReader: (name) => [() => config.loadReader({ store: name })],
      readConfig: (name) => [() => config.readConfig(name), () => config.readConfig(join(folder, `${name}.json`))],
    },
  ],
  "@pay/node": [
    node,
    {
      createPayServer: (name) => [
        () => node.createPayServer(own(name, 1)),
        () => node.createPayServer({ fetch } as never, own(name, 1)).address(),
      ],
      limitServer: NONE,
      toNodeHandler: (name) => [() => node.toNodeHandler(own(name, 1)), () => node.toNodeHandler(name as never)],
    },
  ],
  "@pay/sqlite": [
    sqlite,
    {
      backupDatabase: (name) => [() => sqlite.backupDatabase(join(folder, name), join(folder, `${name}.copy`))],
      sqliteStore: (name) => [
        () =>
          sqlite
            .sqliteStore(join(folder, `${name}.db`))
            .start()
            .then(() => {}),
      ],
    },
  ],
  "@pay/postgres": [
    postgres,
    {
      postgresStore: (name) => [
        () => postgres.postgresStore(name),
        () => postgres.postgresStore({ url: `postgres://127.0.0.1/${name}`, ...own(name, 1) }),
      ],
    },
  ],
  "@pay/gosetti-psc": [
    gosettiPsc,
    { goSettiPsc: (name) => [() => gosettiPsc.goSettiPsc(own(name, 1)), ...tryOut(psc as never, name)] },
  ],
  "@pay/sellly": [
    sellly,
    {
      sellly: (name) => [
        () => sellly.sellly(own(name, 1)),
        () => sellly.sellly({ shopId: name, secretKey: name, operator: name as never }),
        () => cards.validate?.(request(cards, { options: { operator: "stripe", paymentMethod: name } })),
        ...tryOut(cards as never, name),
      ],
    },
  ],
  "@pay/console": [
    console,
    {
      createConsole: (name) => [
        () => console.createConsole(own(name, 1), own(name, 1)),
        ...[
          "/?state=NAME&language=NAME&lang=NAME",
          "/?providerName=NAME&orderId=NAME&NAME=NAME",
          "/?done=NAME",
          "/payments/NAME",
          "/reviews/NAME?done=NAME",
          "/NAME",
          "/statistics?from=NAME&lang=NAME",
        ].map((path) => () => page(path.replaceAll("NAME", name))),
      ],
    },
  ],
  "@pay/simulator": [
    simulator,
    {
      isSimulatorFailure: (name) => [() => simulator.isSimulatorFailure(own(name, 1))],
      startSimulator: (name) => [
        () => simulator.startSimulator(own(name, 1)),
        () => simulator.startSimulator({ chaos: own(name, 1) } as never),
      ],
    },
  ],
  "@pay/i18n": [
    i18n,
    {
      chooseLanguage: (name) => [
        () => i18n.chooseLanguage({ requested: name, acceptLanguage: `${name},${name};q=0.5` }),
      ],
      isLanguage: (name) => [() => i18n.isLanguage(name)],
      showMoney: (name) => [() => i18n.showMoney({ decimal: "1.00", currency: name }, "pl")],
      showNumber: NONE,
      showTime: NONE,
    },
  ],
  "@pay/testkit": [
    testkit,
    // Both make suites of tests, of what they are given.
    { providerContract: NONE, storeContract: NONE },
  ],
};

let operators: console.Console;

/** A page of the console, which must neither fail nor be empty. */
async function page(path: string): Promise<void> {
  const response = await operators.fetch(new Request(`https://shop.example/console${path}`));
  const text = await response.text();
  expect([path, response.status < 500, /\[native code\]|\[object Object\]|undefined/.exec(text)?.[0]]).toEqual([
    path,
    true,
    undefined,
  ]);
}

/** A crash is what the language says of a value that was not checked. */
const CRASH =
  /is not a function|Cannot (?:read|set|destructure|convert)|is not iterable|\[native code\]|Maximum call|is not a constructor/;

async function outcomeOf(act: () => unknown): Promise<string | undefined> {
  try {
    const result = await act();
    if (result && typeof result === "object" && "close" in result) await (result.close as () => unknown)();
    return undefined;
  } catch (error) {
    if (core.isPayError(error) || simulator.isSimulatorFailure(error)) return CRASH.exec(error.message)?.[0];
    if ((error as Error).name === "TypeError" && !CRASH.test((error as Error).message)) return undefined;
    return String(error);
  }
}

describe("every exported function", () => {
  let pay: core.AnyPay;
  beforeAll(async () => {
    pay = core.createPay({ ...BASE, providers: { cards: testing.fakeProvider() }, store: core.memoryStore() }) as never;
    pay.on("payment.succeeded", "deliver", () => {});
    await pay.start();
    operators = console.createConsole(pay, { authorize: () => ({ name: "anna" }) });
  });
  afterAll(() => pay.close());

  it.each(Object.entries(CALLS))("of %s is in this table", (_, [module, calls]) => {
    const functions = Object.entries(module).filter(([, value]) => typeof value === "function");
    expect(Object.keys(calls).sort()).toEqual(functions.map(([name]) => name).sort());
  });

  it.each(Object.entries(CALLS).flatMap(([of, [, calls]]) => NAMES.map((name) => [of, name, calls] as const)))(
    "of %s takes %s for a name, and refuses it only with an error that says so",
    async (_, name, calls) => {
      const crashes: unknown[] = [];
      for (const [exported, callsOf] of Object.entries(calls)) {
        for (const [at, act] of callsOf(name).entries()) {
          const crash = await outcomeOf(act);
          if (crash !== undefined) crashes.push([exported, at, crash]);
        }
      }
      expect(crashes).toEqual([]);
    },
    30_000,
  );
});

describe("every method of a Pay", () => {
  /** Calls of the methods with the name in each place. */
  const METHODS = (pay: core.AnyPay, name: string): Readonly<Record<string, readonly (() => unknown)[]>> => ({
    on: [() => pay.on(name as never, "deliver", () => {}), () => pay.on("payment.failed", name, () => {})],
    checkout: [
      own(name, 1),
      { providerName: name },
      { options: own(name, 1) },
      { buyer: own(name, 1) },
      { returnUrl: name },
    ].map((change) => () => pay.checkout({ ...CHECKOUT, ...change } as never)),
    cancel: [() => pay.cancel(name)],
    refund: [
      () => (pay.refund as core.AnyPay["refund"])(name, name, { idempotencyKey: name }),
      () => pay.refund("cards", name, own(name, 1)),
    ],
    fetch: ["callbacks/NAME", "callbacks/cards/NAME", "redirect/NAME/NAME", "NAME", "callbacks/cards?NAME=NAME"].map(
      (path) => async () => {
        const address = `${BASE.baseUrl}/${path.replaceAll("NAME", name)}`;
        const { status } = await pay.fetch(
          new Request(address, { method: "POST", body: JSON.stringify(own(name, name)) }),
        );
        if (status === 500) throw new Error(`${path} is answered ${status}`);
      },
    ),
    payments: [
      ...[pay.payments.get, pay.payments.history, pay.payments.refunds].map((read) => () => read(name as never)),
      ...[
        own(name, 1),
        { state: name },
        { providerName: name },
        { orderId: name },
        { after: name },
        { from: name },
      ].map((query) => () => pay.payments.list(query as never)),
      () => pay.payments.record(name, { as: name, by: name, note: name } as never),
      () => pay.payments.record(name, own(name, 1)),
    ],
    orders: [() => pay.orders.get(name)],
    reviews: [
      () => pay.reviews.get(name),
      () => pay.reviews.ofPayment(name),
      () => pay.reviews.resolve(name, { action: name, by: name } as never),
      () => pay.reviews.resolve(name, own(name, 1)),
    ],
    deliveries: [
      () => pay.deliveries.list(name),
      () => pay.deliveries.failing(own(name, 1)),
      () => pay.deliveries.redrive(name, { type: name, handler: name, sequence: 1 } as never),
      () => pay.deliveries.redrive(name, own(name, 1)),
    ],
  });
  const CHECKOUT = {
    orderId: "o",
    amount: core.money("1.00", "PLN"),
    description: "d",
    returnUrl: "https://shop.example/",
    buyer: {},
  };

  it.each(NAMES)("takes %s for a name, and refuses it only with an error that says so", async (name) => {
    const cards = testing.fakeProvider();
    const pay = core.createPay({
      ...BASE,
      providers: { cards },
      default: "cards",
      store: core.memoryStore(),
    }) as core.AnyPay;
    pay.on("payment.succeeded", "deliver", () => {});
    const crashes: unknown[] = [];
    const before = METHODS(pay, name).on!;
    for (const act of before) crashes.push(await outcomeOf(act));
    await pay.start();
    for (const [method, calls] of Object.entries(METHODS(pay, name))) {
      for (const [at, act] of calls.entries()) {
        const crash = await outcomeOf(act);
        if (crash !== undefined) crashes.push([method, at, crash]);
      }
    }
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([]);
    await pay.close();
  });
});

describe("a Pay whose names are all inherited works as any other", () => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await startDatabases();
  });
  afterAll(() => databases.close());

  const STORES: Readonly<Record<string, () => Promise<core.PaymentStore>>> = {
    memory: async () => core.memoryStore(),
    sqlite: async () => (await databases.sqlite())(),
    postgres: async () => (await databases.postgres())(),
  };

  it.each(Object.keys(STORES))(
    "on %s",
    async (kind) => {
      const store = await STORES[kind]!();
      const made = INHERITED.map(
        (name) => [name, testing.fakeProvider({ name, merchantAccount: name, can: refunds(name) })] as const,
      );
      const pay = core.createPay({ ...BASE, providers: Object.fromEntries(made), store }) as core.AnyPay;
      const delivered: string[] = [];
      for (const name of INHERITED) {
        pay.on("payment.succeeded", name, ({ payment }) => void delivered.push(`${name} ${payment.orderId}`));
      }
      await pay.start();
      for (const [name, provider] of made) {
        const wanted = {
          ...{ orderId: name, idempotencyKey: name, providerName: name, description: name },
          ...{ amount: core.money("19.99", "PLN"), returnUrl: "https://shop.example/", buyer: {} },
          options: { [name]: { [name]: name } },
        };
        const { id } = await pay.checkout(wanted);
        expect((await pay.checkout(wanted)).id).toBe(id);
        expect(provider.creates.map(({ options }) => options)).toEqual([{ [name]: name }]);
        const { callbackUrl, merchantReference } = provider.creates[0]!;
        const body = JSON.stringify({ status: "succeeded", merchantReference, eventId: name });
        const response = await pay.fetch(new Request(callbackUrl, { method: "POST", body }));
        expect(response.status).toBe(200);
        const refund = await pay.refund(name, id, { idempotencyKey: name });
        expect(refund.status).toBe("succeeded");
        expect((await pay.orders.get(name)).payments).toMatchObject([{ id, state: "succeeded", providerName: name }]);
        expect((await pay.payments.list({ providerName: name })).payments.map((payment) => payment.id)).toEqual([id]);
        await testing.until(async () => (await pay.deliveries.list(id)).every(({ status }) => status === "delivered"));
        expect((await pay.deliveries.list(id)).map(({ handler }) => handler).sort()).toEqual([...INHERITED].sort());
        for (const read of [
          pay.payments.get,
          pay.payments.history,
          pay.payments.refunds,
          pay.reviews.get,
          pay.deliveries.list,
        ]) {
          expect([undefined, 0]).toContain(
            (await (read as (id: string) => Promise<undefined | unknown[]>)(name))?.length,
          );
        }
      }
      expect(delivered).toHaveLength(INHERITED.length ** 2);
      await pay.close();
    },
    60_000,
  );
});

function refunds(name: string): NonNullable<testing.FakeProviderOptions["can"]> {
  return { refund: async () => ({ kind: "succeeded", refundProviderReference: name }) } as never;
}
