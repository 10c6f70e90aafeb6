import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isPayError, money, type PaymentProvider, type ValidateRequest } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { CAPABILITIES, missingFixtures } from "../fixtures/missing-fixtures.ts";
import { carriesNoProof, hasOwnAddresses, type Subject } from "../subject.ts";
import { assertHides, secretsOf } from "../texts/secrets.ts";
import { comparedSecrets, withoutComments } from "./find-secret-comparisons.ts";
import { assertSourcesLack } from "./sources.ts";

/** Two accounts in one process have one environment. */
const ENVIRONMENT = /\bprocess\.(?:env|argv)\b|\bprocess\[|\bimport\.meta\.env\b|\bDeno\.env\b|\bloadEnvFile\b/;

/** Tests what a provider declares about itself, without a gateway. */
export function testManifest(subject: Subject): void {
  naming(subject);
  reaching(subject);
  promising(subject);
  checking(subject);
  const { check, fixtures } = subject;
  check("has a fixture for all that its traits and methods promise, and for no more", () => {
    const missing = missingFixtures(subject);
    assert.equal(missing.length, 0, missing.join("\n"));
  });
  check("takes its settings from its options, never from the environment", () => {
    assertSourcesLack(fixtures.sources, ENVIRONMENT, (found) => `reads ${found}; make it an option of the factory`);
  });
  if (fixtures.callbacks.proof !== undefined) {
    check("compares secrets in constant time, as its source says", () => comparesInConstantTime(fixtures.sources));
  }
}

function naming(subject: Subject): void {
  const { check, make, provider } = subject;
  check("names itself, its account and the version of the contract", () => {
    const { merchantAccount, contract, name } = provider;
    assert.equal(contract, 1);
    assert.match(name, /^[a-z][a-z0-9-]{0,49}$/, "a name in lower case");
    // Pay compares accounts across adapters, and two gateways may both have an account 1234.
    assert.match(merchantAccount, /^\P{Cc}{1,200}$/u);
    assert.ok(
      merchantAccount.startsWith(`${name}:`) && merchantAccount.length > name.length + 1,
      "the account begins with the name",
    );
    assert.equal(make().merchantAccount, merchantAccount, "another instance of the account has the same one");
  });

  check("shows no secret to those who look at it", () => {
    for (const thing of [provider, ...Object.values(provider)]) assertHides(thing, secretsOf(subject), "the provider");
  });
}

const UNSAFE_GATEWAYS = [
  "gateway.example",
  "ftp://127.0.0.1",
  "javascript:alert(1)",
  "http://gateway.example",
  "https://shop:password-in-address@gateway.example",
  "https://gateway.example/?to=elsewhere",
];

/** Tests the gateway's address: requests carry keys and personal data, and answers decide about money. */
function reaching({ check, make }: Subject): void {
  check("takes no address of its gateway that others could listen at or answer from", () => {
    for (const address of UNSAFE_GATEWAYS) {
      let error: unknown;
      try {
        make(address);
      } catch (thrown) {
        error = thrown;
      }
      assert.ok(isPayError(error) && error.code === "INVALID_CONFIG", `"${address}" is refused with INVALID_CONFIG`);
      assertHides(error, ["password-in-address"], "the refusal");
    }
  });
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

function promising({ check, fixtures, provider }: Subject): void {
  const { callback, currencies, expiresAfterSeconds, retryDelaysSeconds, returnUrl } = provider.traits;

  check("has callbacks by methods that carry something, never by HEAD", () => {
    assert.ok(callback.methods.length > 0, "there is a method");
    for (const method of callback.methods) assert.ok(METHODS.includes(method), `${method} carries callbacks`);
  });

  check("names the ways in which callbacks prove themselves, and what follows from them", () => {
    const { amount, authentication } = callback;
    assert.ok(authentication.length > 0, "there is a proof, or verify-by-retrieve");
    assert.equal(authentication.includes("callback-url"), hasOwnAddresses(provider), "the address proves itself");
    if (authentication.includes("verify-by-retrieve"))
      assert.ok(provider.retrieve, "verify-by-retrieve needs retrieve");
    if (amount === "signed") assert.ok(authentication.includes("signature"), "only a signature signs amounts");
    if (carriesNoProof(provider)) assert.equal(amount, "absent", "an unproved amount is absent");
  });

  check("counts its times in whole, positive seconds", () => {
    for (const seconds of [expiresAfterSeconds, ...(retryDelaysSeconds ?? [])]) {
      assert.ok(Number.isSafeInteger(seconds) && seconds > 0, "a time is whole and positive");
    }
    // No gateway keeps a payment open for years: such a number is in milliseconds.
    assert.ok(expiresAfterSeconds <= 2 * 366 * 24 * 60 * 60, "expiresAfterSeconds is in seconds, so two years at most");
    assert.ok(["create", "reply", "preset"].includes(returnUrl));
  });

  check("offers what it can do as methods, and what it cannot do not at all", () => {
    for (const capability of CAPABILITIES) {
      if (capability in provider) assert.equal(typeof provider[capability], "function", capability);
    }
  });

  check("lists currencies that exist, each once, and takes them", () => {
    assert.ok(currencies.length > 0, "there is a currency");
    same([...new Set(currencies)], [...currencies]);
    for (const currency of currencies) {
      assert.equal(money("1", currency).currency, currency);
      const [first] = fixtures.create.requests;
      const own = fixtures.create.requests.find(({ amount }) => amount.currency === currency);
      const request = own ?? { ...first, amount: { ...first.amount, currency } };
      assert.equal(refusedField(provider, request), undefined, `${currency} is taken`);
    }
  });
}

function checking(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const [request] = fixtures.create.requests;

  check("refuses another currency, if it looks at the currency at all, by naming the field", () => {
    const known = provider.traits.currencies;
    for (const currency of ["PLN", "EUR", "JPY", "KWD", "XTS"].filter((one) => !known.includes(one))) {
      const field = refusedField(provider, { ...request, amount: { ...request.amount, currency } });
      if (field !== undefined) assert.equal(field, "amount.currency");
    }
  });

  check("needs of the buyer what it says, and does without the rest", () => {
    for (const { buyer, ...rest } of fixtures.create.requests) {
      const needed = Object.fromEntries(
        Object.entries(buyer).filter(([key]) => provider.requiredBuyerFields.some((it) => it === key)),
      );
      same(
        Object.keys(needed).sort(),
        [...provider.requiredBuyerFields].sort(),
        "the fixture's buyer has all that is needed",
      );
      assert.equal(refusedField(provider, { ...rest, buyer: needed }), undefined, "that alone is enough");
    }
  });

  check("takes a buyer whose language the gateway does not speak", () => {
    for (const language of ["pl", "en", "uk", "zh", "tlh", "und"]) {
      const field = refusedField(provider, { ...request, buyer: { ...request.buyer, language } });
      assert.equal(field, undefined, `${language} is taken, and the gateway gets a language that it speaks`);
    }
  });

  check("refuses a checkout by naming the field, never its value", () => {
    const bad = "CANARY \u0000 value";
    const buyers = ["ip", "email", "language"].map((field) => ({ ...request.buyer, [field]: bad }));
    for (const change of [
      ...buyers.map((buyer) => ({ buyer })),
      { options: { [bad]: bad } },
      { options: bad },
      { amount: { ...request.amount, currency: bad } },
      { amount: { ...request.amount, value: -1 } },
    ]) {
      let error: unknown;
      try {
        provider.validate?.({ ...request, ...change });
      } catch (thrown) {
        error = thrown;
        assert.ok(isPayError(error), "a refusal is a PayError");
        assert.ok(["INVALID_REQUEST", "INVALID_AMOUNT"].includes(error.code), `${error.code} is a refusal`);
        assert.ok(error.field, "it names the field");
      }
      assertHides(error, ["CANARY", request.buyer.email ?? "CANARY", request.buyer.ip ?? "CANARY"], "a refusal");
      assertHides(error, secretsOf(subject), "a refusal");
    }
  });
}

/** The field that the refusal of a checkout names; `undefined` if the checkout is accepted. */
function refusedField(provider: PaymentProvider, request: ValidateRequest<unknown>): string | undefined {
  try {
    provider.validate?.(request);
    return undefined;
  } catch (error) {
    assert.ok(isPayError(error), "a refusal is a PayError");
    return error.field ?? "(none named)";
  }
}

/** Reads the adapter's source, because a test cannot see how long a comparison takes. */
function comparesInConstantTime(sources: readonly (string | URL)[]): void {
  const texts = sources.map((source) => readFileSync(source, "utf8"));
  assert.match(
    texts.map(withoutComments).join("\n"),
    /\b(?:secretsEqual|equalsAny|verifyJws|timingSafeEqual|verify)\(/,
    "a comparison in constant time is called",
  );
  for (const text of texts) same(comparedSecrets(text), [], "no secret is compared with an equals sign");
}
