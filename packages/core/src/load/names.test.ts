import { describe, expect, it } from "@jest/globals";
import { isShowable, isShowablePackage, meant } from "./names.ts";

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
    expect(isShowable(name)).toBe(true);
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
    expect(isShowable(name)).toBe(false);
  });

  it("of a package has a scope, or Pay's prefix", () => {
    expect(["@pay/sellly", "@my-shop/pay-p24", "pay-my-gateway"].filter(isShowablePackage)).toHaveLength(3);
    const secrets = [
      "hunter",
      "correct-horse-battery",
      "@pay/sk_live_1",
      "@pay/a1b2c3d4",
      "pay-",
      "@Shop/pay",
      "sk-live",
    ];
    expect(secrets.filter(isShowablePackage)).toEqual([]);
  });
});

describe("a name that is meant", () => {
  it.each(["defualt", "Default", "defaul", "defaults", "default_", "devault", "de-fault"])(
    "is one slip away: %s",
    (name) => {
      expect(meant(name, ["providers", "default"])).toBe("default");
    },
  );

  it.each(["", "def", "fault", "constructor", "defaultProvider"])("is not guessed at from afar: %p", (name) => {
    expect(meant(name, ["providers", "default"])).toBeUndefined();
  });
});
