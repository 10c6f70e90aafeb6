import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { isPayError, memoryStore, type PayError } from "@pay/core";
import { goSettiPsc } from "@pay/gosetti-psc";
import { quietLogger } from "../../../test/support/quiet-logger.ts";
import { loadConfig, loadPay } from "./index.ts";

const CANARY = "canary-5d1f";
const SECRET = `${CANARY} a secret that is long enough`;
// Every package of this repository is installed beside this one.
const ROOT = join(import.meta.dirname, "../../../package.json");
const folder = mkdtempSync(join(tmpdir(), "pay-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PSC = { use: "@pay/gosetti-psc", userId: 1234 };
const CARDS = { use: "@pay/sellly", shopId: "SHOP1", secretKey: { env: "SELLLY_SECRET_KEY" }, operator: "stripe" };
const ENV = { SELLLY_SECRET_KEY: `${CANARY} key`, PAY_SECRET: SECRET };
const GOOD = {
  providers: { psc: PSC, cards: CARDS },
  default: "psc",
  store: "memory:",
  baseUrl: "https://shop.example/pay",
  secret: { env: "PAY_SECRET" },
};
const NO_VARIABLE = "must be the name of an environment variable";
const REFERENCE = '; to keep it elsewhere, write { "env": "NAME" } or { "file": "path" } and nothing else';
const RANDOM = "must be a random text of at least 32 characters, e.g. from openssl rand -hex 32";
const CHECKOUT = {
  orderId: "order-1",
  amount: { value: 1999, currency: "PLN" },
  description: "VIP, 30 days",
  returnUrl: "https://shop.example/thanks",
  buyer: { ip: "203.0.113.7" },
};

const load = (change: object, env: Readonly<Record<string, string>> = ENV) =>
  loadConfig({ ...GOOD, ...change }, { from: ROOT, env });

/** Everything that is wrong with a configuration, as `field: remedy`. */
async function problems(change: object, env: Readonly<Record<string, string>> = ENV): Promise<readonly string[]> {
  const error = await load(change, env).then(
    () => undefined,
    (reason: PayError) => reason,
  );
  if (!isPayError(error)) throw new Error(`no refusal but ${inspect(error)}`);
  expect(error.code).toBe("INVALID_CONFIG");
  expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain(CANARY);
  const lines = error.message.split("\n- ").slice(1);
  expect(error.fields).toEqual([...new Set(lines.map((line) => line.split(": ")[0]))]);
  return lines;
}

describe("a configuration object", () => {
  it("makes its providers from the packages that it names, with values from the environment", async () => {
    const { providers, retired, ...rest } = await load({});
    expect(Object.entries(providers).map(([name, { merchantAccount }]) => [name, merchantAccount])).toEqual([
      ["psc", "gosetti-psc:1234"],
      ["cards", "sellly:SHOP1"],
    ]);
    expect(retired).toEqual([]);
    expect(rest).toMatchObject({ default: "psc", baseUrl: GOOD.baseUrl, secret: SECRET });
  });

  it("may have several providers of one adapter, some of them retired", async () => {
    const providers = {
      one: { ...PSC, userId: 1 },
      two: { ...PSC, userId: 2 },
      old: { ...PSC, userId: 3, retired: true },
    };
    const loaded = await load({ providers, default: "two" });
    expect(Object.keys(loaded.providers)).toEqual(["one", "two", "old"]);
    expect(loaded.retired).toEqual(["old"]);
  });

  it("makes a Pay that takes checkouts by run-time names, and refuses retired and unknown ones", async () => {
    const providers = { psc: PSC, old: { ...PSC, userId: 2, retired: true } };
    const pay = await loadPay({ ...GOOD, providers, logger: quietLogger() }, { from: ROOT, env: ENV });
    pay.on("payment.succeeded", "deliver", () => {});
    await pay.start();
    for (const providerName of ["old", "unknown"]) {
      await expect(pay.checkout({ ...CHECKOUT, providerName })).rejects.toMatchObject({
        code: "INVALID_REQUEST",
        field: "providerName",
      });
    }
    await pay.close();
  });

  it("warns of a store in memory when the Pay starts, since the address may be left over from a test", async () => {
    const logger = quietLogger();
    const pay = await loadPay({ ...GOOD, logger }, { from: ROOT, env: ENV });
    pay.on("payment.succeeded", "deliver", () => {});
    expect(logger.lines).toEqual([]);
    await pay.start();
    expect(logger.lines).toEqual([{ level: "warn", message: expect.stringMatching(/for tests only/) }]);
    await pay.close();
  });

  it("may have providers that are named like references", async () => {
    const { providers } = await load({ providers: { env: PSC, file: { ...PSC, userId: 2 } }, default: "env" });
    expect(Object.keys(providers)).toEqual(["env", "file"]);
  });

  const secretFrom = async (file: string) => {
    writeFileSync(join(folder, "secret.txt"), file);
    const given = {
      ...GOOD,
      providers: { cards: goSettiPsc({ userId: 1 }) },
      default: "cards",
      secret: { file: "secret.txt" },
    };
    return (await loadConfig(given, { from: join(folder, "pay.config.json"), env: {} })).secret;
  };

  it.each(["\n", "\r\n", ""])("takes secrets from files beside it, without the last line break: %j", async (end) => {
    expect(await secretFrom(`${SECRET}${end}`)).toBe(SECRET);
  });

  it.each([" \n", "\n\r\n", "\r", "\u200b\n"])(
    "refuses a secret that still ends in what is not seen: %j",
    async (end) => {
      await expect(secretFrom(`${SECRET}${end}`)).rejects.toThrow(
        "secret: begins or ends with a space or a line break, seen or not: remove it",
      );
    },
  );

  it.each(["env", "file"])("takes a whole number for an option from its %s", async (kind) => {
    writeFileSync(join(folder, "id.txt"), "1234\n");
    const userId = kind === "env" ? { env: "PSC_ID" } : { file: join(folder, "id.txt") };
    // Digits stay text where text is wanted.
    const given = { psc: { ...PSC, userId }, cards: { ...CARDS, shopId: { env: "PSC_ID" } } };
    const { providers } = await load({ providers: given }, { ...ENV, PSC_ID: "1234" });
    expect(providers.psc?.merchantAccount).toBe("gosetti-psc:1234");
    expect(providers.cards?.merchantAccount).toBe("sellly:1234");
  });

  it.each(["", "0", "12a", "1.5", "1e3", "0x10", " 12", "007", "-1", "1".repeat(20)])(
    "takes no other text for a number: %j",
    async (text) => {
      const providers = { psc: { ...PSC, userId: { env: "PSC_ID" } } };
      const [found] = await problems({ providers }, { ...ENV, PSC_ID: text });
      expect(found).toMatch(/^providers\.psc\.userId(?:: must be a positive whole number|\.env: .* is empty)$/);
    },
  );

  it("does not take a text in the file for a number, since the file can hold the number itself", async () => {
    expect(await problems({ providers: { psc: { ...PSC, userId: "1234" } } })).toEqual([
      "providers.psc.userId: must be a positive whole number",
    ]);
  });

  it("takes several secrets, each from its own reference", async () => {
    const secret = [{ env: "NEW" }, { env: "OLD" }];
    const loaded = await load({ secret }, { ...ENV, NEW: `new ${SECRET}`, OLD: `old ${SECRET}` });
    expect(loaded.secret).toEqual([`new ${SECRET}`, `old ${SECRET}`]);
  });

  it("may have functions beside references to the environment", async () => {
    const random = (size: number) => new Uint8Array(size);
    expect(await load({ random })).toMatchObject({ random, secret: SECRET });
  });

  it("may hold providers and a store that you made yourself", async () => {
    const [cards, store] = [goSettiPsc({ userId: 1 }), memoryStore()];
    const loaded = await load({ providers: { cards }, default: "cards", store });
    expect(loaded.providers.cards).toBe(cards);
    expect(loaded.store).toBe(store);
  });

  it.each([
    ["sqlite:pay.db", "@pay/sqlite"],
    ["postgres://pay@localhost/shop", "@pay/postgres"],
    ["postgresql://pay:p%40ss@localhost:5432/shop?application_name=shop", "@pay/postgres"],
    ["postgres:///shop?host=/run/postgresql", "@pay/postgres"],
    ["postgres://%2Frun%2Fpostgresql/shop", "@pay/postgres"],
    ["memory:", "memory"],
  ])("names its store by an address: %s", async (store) => {
    expect(typeof (await load({ store })).store.update).toBe("function");
  });
});

const KNOWN_OPTIONS =
  "known keys are shopId, secretKey, operator, currencyConverter, expiresAfterSeconds, baseUrl, use, retired";
const KNOWN_KEYS =
  "known keys are $schema, providers, default, store, baseUrl, secret, allowStranded, logger, clock, random, onHttpExchange, onHandlerError";

describe("the mistakes of a configuration", () => {
  it("are reported all at once, by path and remedy", async () => {
    const found = await problems(
      {
        providers: {
          psc: { ...PSC, userId: CANARY },
          cards: { ...CARDS, shopId: 5, operator: CANARY, [`${CANARY}!`]: 1, surplus: CANARY, operater: 1 },
          gone: { use: "@shop/nobody-has-this" },
          nothing: {},
          "no name": PSC,
        },
        store: `mysql://${CANARY}`,
        baseUrl: undefined,
        surplus: CANARY,
      },
      {},
    );
    // In the order of the file; missing keys come last.
    expect(found).toEqual([
      "providers.psc.userId: must be a positive whole number",
      "providers.cards.shopId: must be the id Sellly gave",
      "providers.cards.secretKey.env: the environment variable SELLLY_SECRET_KEY is not set",
      'providers.cards.operator: must be "cashbill" or "stripe"',
      `providers.cards.(key 5): must be left out; ${KNOWN_OPTIONS}`,
      `providers.cards.surplus: must be left out; ${KNOWN_OPTIONS}`,
      "providers.cards.operater: must be left out; did you mean operator?",
      "providers.gone.use: @shop/nobody-has-this is not installed; run npm install @shop/nobody-has-this",
      'providers.nothing.use: is missing; name the package of the adapter, e.g. "@pay/sellly"',
      "providers.(key 5): must be named with letters, digits, - and _",
      'store: must be an address such as "sqlite:pay.db" or "postgres://user@host/database"',
      "baseUrl: is missing",
      "secret.env: the environment variable PAY_SECRET is not set",
      `surplus: must be left out; ${KNOWN_KEYS}`,
    ]);
  });

  it.each<[string, object, readonly string[]]>([
    [
      "no providers",
      { providers: {} },
      ['providers: must have at least one provider, e.g. "cards": { "use": "@pay/sellly", … }'],
    ],
    [
      "providers that are a list",
      { providers: [PSC] },
      ['providers: must have at least one provider, e.g. "cards": { "use": "@pay/sellly", … }'],
    ],
    [
      "a package that is no adapter",
      { providers: { psc: { use: "@pay/node" } } },
      [
        "providers.psc.use: exports no adapter of contract version 1; name another package or install a matching version",
      ],
    ],
    [
      "an address instead of a package",
      { providers: { psc: { use: `https://${CANARY}` } } },
      ["providers.psc.use: must be the name of a package, or a path that begins with ./ or ../"],
    ],
    [
      "a file that does not exist",
      { providers: { psc: { use: "./nowhere.ts" } } },
      ["providers.psc.use: names a file that does not exist"],
    ],
    [
      "retired that is not a boolean",
      { providers: { psc: { ...PSC, retired: "yes" } } },
      ["providers.psc.retired: must be true or false"],
    ],
    [
      "addresses, besides what else is wrong",
      {
        providers: {
          psc: { ...PSC, expiresAfterSeconds: "x", fallbackReturnUrl: `ftp://${CANARY}`, baseUrl: `ftp://${CANARY}` },
          cards: { ...CARDS, expiresAfterSeconds: "x", baseUrl: `ftp://${CANARY}` },
        },
      },
      [
        "providers.psc.expiresAfterSeconds: must be whole seconds, from 1 to 31536000",
        "providers.psc.fallbackReturnUrl: must be an https address without credentials (http only on this machine)",
        "providers.psc.baseUrl: must be an https address without credentials or query (http only on this machine)",
        "providers.cards.expiresAfterSeconds: must be whole seconds, from 1 to 31536000",
        "providers.cards.baseUrl: must be an https address without credentials or query (http only on this machine)",
      ],
    ],
    [
      "a bad key in a list of keys, which must not be left out",
      { providers: { psc: PSC, cards: { ...CARDS, secretKey: ["good", "", { env: "PAY_SECRET" }] } } },
      ["providers.cards.secretKey.1: is empty: give the text itself"],
    ],
    [
      "a provider that cannot be made, and a default that is not there",
      { providers: { psc: { ...PSC, userId: 0 }, cards: CARDS }, default: CANARY },
      [
        "providers.psc.userId: must be a positive whole number",
        "default: must be the name of one of the providers: psc, cards",
      ],
    ],
    [
      "a default that could not be made, once",
      { providers: { psc: { ...PSC, userId: 0 }, cards: CARDS } },
      ["providers.psc.userId: must be a positive whole number"],
    ],
    [
      "a default that is retired and could not be made",
      { providers: { psc: { ...PSC, userId: 0, retired: true }, cards: CARDS } },
      ["providers.psc.userId: must be a positive whole number", "default: is retired; name another provider"],
    ],
    [
      "a default that is misspelt",
      { default: "card" },
      ["default: must be the name of one of the providers; did you mean cards?"],
    ],
    [
      "a default among names that may be secrets",
      { providers: { [`sk_live_${CANARY}`]: PSC, cards: CARDS }, default: "paypal" },
      ["default: must be the name of one of the providers: cards"],
    ],
    ["a default that is no text", { default: 5 }, ["default: must be the name of one of the providers: psc, cards"]],
    [
      "secrets, one by one",
      { secret: [SECRET, CANARY, { env: "NOPE" }, "a".repeat(40), `\${${CANARY.replaceAll("-", "_").repeat(5)}}`] },
      [
        `secret.1: ${RANDOM}`,
        "secret.2.env: the environment variable NOPE is not set",
        `secret.3: ${RANDOM}`,
        expect.stringMatching(/^secret\.4: is a placeholder .* \{ "env": "NAME" \}$/) as unknown as string,
      ],
    ],
    ["no secrets", { secret: [] }, [`secret: ${RANDOM}`]],
    ["a secret alone", { secret: CANARY }, [`secret: ${RANDOM}`]],
    [
      "a secret where the name of its variable belongs",
      { secret: { env: CANARY } },
      ["secret.env: the environment variable named here is not set"],
    ],
    [
      "a file that is not there",
      { secret: { file: "nowhere.txt" } },
      ["secret.file: the file cannot be read (ENOENT)"],
    ],
    [
      "no store",
      { store: undefined },
      ['store: must be an address such as "sqlite:pay.db" or "postgres://user@host/database"'],
    ],
    [
      "a store that its variable does not give",
      { store: { env: "NOPE" } },
      ["store.env: the environment variable NOPE is not set"],
    ],
    [
      "a provider of another version's contract, in a module",
      { providers: { psc: { ...goSettiPsc({ userId: 1 }), contract: 2 } } },
      ['providers.psc.use: is missing; name the package of the adapter, e.g. "@pay/sellly"'],
    ],
    ["a store without a file", { store: "sqlite:" }, ['store: must name a file, e.g. "sqlite:pay.db"']],
    ...["sqlite::memory:", "sqlite://:memory:", "sqlite:file::memory:"].map((store): [string, object, string[]] => [
      `a file called like memory (${store})`,
      { store },
      ['store: must name a file, e.g. "sqlite:pay.db"; in tests it is "memory:"'],
    ]),
    ...[
      "postgres://",
      "postgres:db",
      "postgres:///db",
      "postgres://host",
      "postgres://host/",
      "postgres://u:p#@h/db",
    ].map((store): [string, object, string[]] => [
      `an address without host or database (${store})`,
      { store },
      [
        'store: must name a host and a database, e.g. "postgres://user@host/database"; write a password with encodeURIComponent()',
      ],
    ]),
    ["no secret", { secret: undefined }, ["secret: is missing"]],
    [
      "a secret where names belong",
      {
        providers: {
          [`sk_live_${CANARY}`]: { use: "@pay/sellly", [`SK_${CANARY}`]: 1, shopId: { env: `SK_${CANARY}` } },
        },
        default: undefined,
      },
      [
        `providers.(key 1).(key 2): must be left out; ${KNOWN_OPTIONS}`,
        "providers.(key 1).shopId.env: the environment variable named here is not set",
        "providers.(key 1).secretKey: must be the key Sellly gave, or a list of such keys",
        'providers.(key 1).operator: must be "cashbill" or "stripe"',
      ],
    ],
    ["env and file at once", { secret: { env: "PAY_SECRET", file: "a" } }, ["secret: must have env or file, not both"]],
    ["a variable without a name", { secret: { env: "" } }, [`secret.env: ${NO_VARIABLE}`]],
    ["a variable named by a number", { secret: [{ env: 5 }] }, [`secret.0.env: ${NO_VARIABLE}`]],
    ["a file named by nothing", { secret: { file: null } }, ["secret.file: must be the path of a file"]],
    ["a misspelt reference", { secret: { envv: "PAY_SECRET" } }, [`secret: must be a text${REFERENCE}`]],
    ["one in a list", { secret: [{ File: "a" }] }, [`secret.0: must be a text${REFERENCE}`]],
    ["one with more beside", { baseUrl: { env: "X", or: CANARY } }, [`baseUrl: must be a text${REFERENCE}`]],
    [
      "one among an adapter's options",
      { providers: { psc: { ...PSC, userId: { evn: CANARY } } } },
      [`providers.psc.userId: must be a positive whole number${REFERENCE}`],
    ],
    [
      "retired at the top, where createPay has it",
      { retired: ["psc"] },
      ['retired: must be left out; write "retired": true in the provider\'s entry'],
    ],
    [
      "nothing but retired providers",
      { providers: { psc: { ...PSC, retired: true } }, default: undefined },
      ["providers: must have at least one provider that is not retired"],
    ],
    [
      "a logger that is none, in a module",
      { logger: console.log },
      ["logger: must be a logger: add the functions info, warn, error"],
    ],
  ])("are reported with their remedy: %s", async (_, change, expected) => {
    expect(await problems(change)).toEqual(expected);
  });

  it("distinguish an empty variable from a missing one", async () => {
    expect(await problems({}, { ...ENV, PAY_SECRET: "" })).toEqual([
      "secret.env: the environment variable PAY_SECRET is empty",
    ]);
  });

  it("include a variable that is named like a property of every object", async () => {
    expect(await problems({ secret: { env: "constructor" } })).toEqual([
      "secret.env: the environment variable constructor is not set",
    ]);
  });
});
