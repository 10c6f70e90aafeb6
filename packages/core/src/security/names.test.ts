import { describe, expect, it } from "@jest/globals";
import { isShowableName, suggestName } from "./names.ts";

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
