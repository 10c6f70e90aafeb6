import { describe, expect, it } from "@jest/globals";
import { isShowableName, isShowableVariable, suggestName, unknownNameRemedy } from "./names.ts";

describe("a name in an error", () => {
  it.each([
    "cards",
    "psc2",
    "przelewy24",
    "shopId",
    "base_url",
    "cards-eu",
    "cardsEUR",
    "$schema",
    "fallbackReturnUrl",
    "0",
  ])("is shown where people made it up: %s", (name) => {
    expect(isShowableName(name)).toBe(true);
  });

  it.each([
    ...[
      "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
      "SK_LIVE_4EC39HQLYJ",
      "sk_live_canary",
      "c0ffee00c0ffee00",
      "hunter2hunter2",
      "AKIAIOSFODNN7EXAMPLE",
    ],
    ...[
      "9f8e7d6c-1b2a-4c3d-8e9f-0a1b2c3d4e5f",
      "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY",
      "a b",
      "a.b",
      "",
      `${"a".repeat(33)}`,
    ],
    ...["a@shop.example", "https://shop.example", "zażółć", "a\nb"],
  ])("is not shown where it may be a secret: %s", (name) => {
    expect(isShowableName(name)).toBe(false);
  });
});

describe("the name of an environment variable in an error", () => {
  it.each(["PAY_SECRET", "SELLLY_SECRET_KEY", "P24_CRC", "HOME", "SHOP2_DATABASE_URL", "pay_secret"])(
    "is shown: %s",
    (name) => {
      expect(isShowableVariable(name)).toBe(true);
    },
  );

  it.each([
    "AKIAIOSFODNN7EXAMPLE",
    "SK_LIVE_4EC39HQLYJ",
    "JBSWYDPEHPKPXPJB",
    "c0ffee00c0ffee00",
    "A B",
    "",
    "A_".repeat(40),
  ])("is not shown where the secret may stand in its place: %j", (name) => {
    expect(isShowableVariable(name)).toBe(false);
  });
});

describe("an unknown name", () => {
  it("is to be left out, with the name that it may misspell or with all that are known", () => {
    expect(unknownNameRemedy("defualt", ["providers", "default"])).toBe("must be left out; did you mean default?");
    expect(unknownNameRemedy("allowInsecure", ["providers", "default"])).toBe(
      "must be left out; known keys are providers, default",
    );
    expect(unknownNameRemedy("allowInsecure", [])).toBe("must be left out");
  });
});

describe("a name that is meant", () => {
  it.each(["defualt", "Default", "defaul", "defaults", "default_", "devault", "de-fault"])(
    "is one slip away: %s",
    (name) => {
      expect(suggestName(name, ["providers", "default"])).toBe("default");
    },
  );

  it.each([
    ["provider", "providerName"],
    ["currency", "currencyConverter"],
    ["base", "base_url"],
    ["defaultProvider", "default"],
    ["secret-key", "secret"],
    ["orderID", "orderId"],
  ])("%s lacks whole words of %s, or has some more", (name, meant) => {
    expect(suggestName(name, ["logger", meant])).toBe(meant);
  });

  it.each(["secret-c0ffee00c0ffee00", "secretive", "expires"])(
    "is not guessed at where %s may be a secret, or another word",
    (name) => {
      expect(suggestName(name, ["secret", "expiresafter"])).toBeUndefined();
    },
  );

  it.each(["at", "b", "c"])("is not guessed at where the known name is as short as a slip: %s", (name) => {
    expect(suggestName(name, ["as", "n"])).toBeUndefined();
  });

  it.each(["", "def", "fault", "constructor"])("is not guessed at from afar: %p", (name) => {
    expect(suggestName(name, ["providers", "default"])).toBeUndefined();
  });
});
