import { createHash, createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { testRuns } from "../../../../test/support/runs.ts";
import type { PaymentId } from "../model/ids.ts";
import { callbackToken, verifyCallbackToken } from "./callback-tokens.ts";
import { createKeyring } from "./keyring.ts";

// For the long mode.
jest.setTimeout(600_000);

const SECRET = "0123456789abcdef0123456789abcdef";
const ID = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;
const keyring = createKeyring(SECRET);
const token = callbackToken(keyring.current, "psc", ID);

describe("a callback token", () => {
  it("is an HMAC-SHA256 over version, configured name and payment id under the derived key, with the key's name before it", () => {
    const key = Buffer.from(hkdfSync("sha256", SECRET, "", "pay/callback/v1", 32));
    const name = createHash("sha256")
      .update(Buffer.from(hkdfSync("sha256", SECRET, "", "pay/key-id/v1", 32)))
      .digest("hex")
      .slice(0, 8);
    const mac = createHmac("sha256", key).update(`v1\0psc\0${ID}`).digest("base64url");
    expect(token).toBe(`${name}.${mac}`);
  });

  it("stays what it was: addresses are out at gateways", () => {
    expect(token).toBe("093714a6.eSbtP3ZG6YGm3rDDPtOQgznUpiDXy38RkDh8XzC866g");
  });

  it("is good for its configured name and payment only", () => {
    expect(verifyCallbackToken(keyring, "psc", ID, token)).toBe(true);
    expect(verifyCallbackToken(keyring, "psc2", ID, token)).toBe(false);
    expect(verifyCallbackToken(keyring, "", ID, token)).toBe(false);
    expect(verifyCallbackToken(keyring, "psc", ID.replace("q", "r") as PaymentId, token)).toBe(false);
  });

  it("keeps configured name and payment apart", () => {
    const [a, b] = ["psc\0pay_0", "1"] as const;
    expect(callbackToken(keyring.current, a, b as PaymentId)).not.toBe(callbackToken(keyring.current, "psc", ID));
  });

  it("is verified by any of our keys, and by no other", () => {
    const other = "another secret which is long enough as well";
    expect(verifyCallbackToken(createKeyring([other, SECRET]), "psc", ID, token)).toBe(true);
    expect(verifyCallbackToken(createKeyring([other]), "psc", ID, token)).toBe(false);
  });

  it("has one spelling: the spare bits of its last character count", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const mac = Buffer.from(token.slice(9), "base64url");
    const duplicates = [...alphabet].map((last) => token.slice(0, -1) + last);
    const sameBits = duplicates.filter((duplicate) => Buffer.from(duplicate.slice(9), "base64url").equals(mac));
    expect(sameBits.length).toBe(4);
    expect(sameBits.filter((duplicate) => verifyCallbackToken(keyring, "psc", ID, duplicate))).toEqual([token]);
  });

  it("is refused in any other form, and nothing throws", () => {
    const mutants = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.nat(token.length).map((length) => token.slice(0, length)),
      fc.string({ minLength: 1 }).map((more) => token + more),
      fc.string({ minLength: 1 }).map((more) => more + token),
      fc
        .tuple(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, put]) => token.slice(0, at) + put + token.slice(at + 1)),
    );
    fc.assert(
      fc.property(mutants, (mutant) => {
        expect(verifyCallbackToken(keyring, "psc", ID, mutant)).toBe(mutant === token);
      }),
      { numRuns: testRuns(), seed: 3 },
    );
    for (const odd of [`${token}\n`, `\n${token}`, `${token}\0`, token.toUpperCase(), token.replace(".", "")]) {
      expect(verifyCallbackToken(keyring, "psc", ID, odd)).toBe(false);
    }
  });
});
