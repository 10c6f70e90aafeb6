import { describe, expect, it } from "@jest/globals";
import { createPay, isPayError, memoryStore } from "@pay/core";
import { fakeProvider } from "@pay/core/testing";
import { sellly } from "@pay/sellly";
import { cashBill } from "../examples/adapters/cashbill/src/cashbill.ts";
import { hotPay } from "../examples/adapters/hotpay/src/hotpay.ts";
import { przelewy24 } from "../examples/adapters/przelewy24/src/przelewy24.ts";
import { templateGateway } from "../packages/cli/templates/adapter/shared/src/template-gateway.ts";

const GOOD = "canary-0123456789-abcdefghijklmnopqrstuv";
const QUOTES = "stands in quotation marks: remove them, as they are no part of it.";
const ENDS = "begins or ends with a space or a line break, seen or not: remove it.";
const UNSEEN = "has a character that no screen shows: type it anew, or copy it as plain text.";
const PLACEHOLDER =
  'is a placeholder that was not replaced: give the text itself, which a configuration file reads from the environment with { "env": "NAME" }.';

const PASTED: readonly (readonly [text: string, remedy: string])[] = [
  ...[`"${GOOD}"`, `'${GOOD}'`, `\`${GOOD}\``, `„${GOOD}”`, `“${GOOD}”`, `"${GOOD}"\n`].map(
    (text) => [text, QUOTES] as const,
  ),
  ...[`${GOOD}\n`, `${GOOD}\r\n`, ` ${GOOD}`, `${GOOD}\u00a0`, `\u200b${GOOD}`, `\ufeff${GOOD}`, `${GOOD}\u2060`].map(
    (text) => [text, ENDS] as const,
  ),
  ...["\u200b", "\u00ad", "\u0000", "\n", "\u2028", "\ufffd"].map(
    (unseen) => [`${GOOD}${unseen}${GOOD}`, UNSEEN] as const,
  ),
  ...[
    `\${CANARY_OF_THE_SHOP_IN_PRODUCTION_canary}`,
    "$CANARY_OF_THE_SHOP_IN_PRODUCTION_CANARY",
    "$(cat /run/secrets/canary-of-the-shop)",
    "{{ canary.of.the.shop.in.production }}",
    "%CANARY_OF_THE_SHOP_IN_PRODUCTION%",
    "<the canary of your shop at the gateway>",
    "[the canary of your shop at the gateway]",
    "changeme",
    "Change-Me-please-this-is-not-a-secret-canary",
    "replace_with_the_canary_of_your_shop",
    "your-canary-key-which-the-gateway-gave",
    "twój klucz canary z panelu operatora płatności",
    "paste your canary here, 32 characters or more",
    "x".repeat(40),
    "undefined",
    "********************************",
  ].map((text) => [text, PLACEHOLDER] as const),
];

type Make = (text: string) => unknown;
const adapters = { shopId: "SHOP1", secretKey: GOOD, operator: "stripe" } as const;
const PLACES: readonly (readonly [field: string, of: string, make: Make])[] = [
  [
    "secret",
    "createPay",
    (secret) =>
      createPay({ providers: { cards: fakeProvider() }, store: memoryStore(), baseUrl: "https://s.example", secret }),
  ],
  ["secretKey", "sellly", (secretKey) => sellly({ ...adapters, secretKey })],
  ["secretKey.1", "sellly", (text) => sellly({ ...adapters, secretKey: [GOOD, text] })],
  ["shopId", "sellly", (shopId) => sellly({ ...adapters, shopId })],
  ["secretKey", "cashBill", (secretKey) => cashBill({ shopId: "SHOP1", secretKey })],
  ["secret", "hotPay", (secret) => hotPay({ secret, password: GOOD })],
  ["password", "hotPay", (password) => hotPay({ secret: GOOD, password })],
  ["apiKey", "przelewy24", (apiKey) => przelewy24({ merchantId: 1, apiKey, crc: GOOD })],
  ["crc", "przelewy24", (crc) => przelewy24({ merchantId: 1, apiKey: GOOD, crc })],
  ["apiKey", "a new adapter", (apiKey) => templateGateway({ shopId: "S", apiKey, notificationKey: GOOD })],
  [
    "notificationKey",
    "a new adapter",
    (notificationKey) => templateGateway({ shopId: "S", apiKey: GOOD, notificationKey }),
  ],
];

function refusalOf(make: Make, text: string): unknown {
  try {
    make(text);
  } catch (error) {
    return isPayError(error) ? { code: error.code, field: error.field, message: error.message } : error;
  }
  return "taken";
}

describe.each(PLACES)("%s of %s", (field, _, make) => {
  it.each(PASTED)("is refused with the remedy, and not shown, if it was pasted as %j", (text, remedy) => {
    expect(refusalOf(make, text)).toEqual({ code: "INVALID_CONFIG", field, message: `${field} ${remedy}` });
  });

  it.each([
    GOOD,
    "6b3f0c8e1d2a4f5b9c7d8e0f1a2b3c4d6b3f0c8e1d2a4f5b9c7d8e0f1a2b3c4d",
    "c2VrcmV0LW9mLXRoZS1zaG9wLWF0LXRoZS1nYXRld2F5Cg==",
    "$aB\"c'd%e<f>g{h}i[j]k;l&m=n o|p`q~r^s#t@u!v?w",
    "hasło sklepu ze spacjami w środku, długie",
  ])("takes %j", (text) => {
    expect(refusalOf(make, text)).toBe("taken");
  });
});
