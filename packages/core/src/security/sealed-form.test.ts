import { createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { testRuns } from "../../../../test/support/runs.ts";
import type { FormAction } from "../contract/provider.ts";
import type { PaymentId } from "../model/ids.ts";
import { callbackToken, verifyCallbackToken } from "./callback-tokens.ts";
import { createKeyring } from "./keyring.ts";
import { formToken, openSealedForm, sealForm, verifyFormToken } from "./sealed-form.ts";

// For the long mode.
jest.setTimeout(600_000);

const [SECRET, NEWER] = ["0123456789abcdef0123456789abcdef", "another secret which is long enough as well"];
const ID = "pay_01h455vb4pex5vsknk084sn02q" as PaymentId;
const OTHER = "pay_01h455vb4pex5vsknk084sn02r" as PaymentId;
const FORM: FormAction = { kind: "form", url: "https://gateway.example/pay", fields: { secret: "canary", a: "ż<&>" } };
const keyring = createKeyring(SECRET);
const rotated = createKeyring([NEWER, SECRET]);
const sealed = sealForm(keyring.current, ID, FORM);

describe("a sealed form", () => {
  it("is opened as it was, also after its key was rotated", () => {
    expect(openSealedForm(keyring, ID, sealed)).toEqual(FORM);
    expect(openSealedForm(rotated, ID, sealed)).toEqual(FORM);
  });

  it("is opened by every version: this one was sealed by the first", () => {
    const content =
      "Cek9EXb-hcrkJI2ju9nmj_LVS_7ddkAMxKotTNA45IIKnwtY9ORv2r1-bHDRMuDdBEZSfsop8PTueY42BkXL6ExUFPekJTyfV4ul5dFZyWT971E99lQUaRZHu_4xFlfzk5gWXt0ZGQA8MQ";
    expect(openSealedForm(keyring, ID, `093714a6.${content}`)).toEqual(FORM);
  });

  it("shows nothing of what is in it, and no two are alike", () => {
    const bytes = Buffer.from(sealed.split(".")[1]!, "base64url").toString("latin1");
    for (const text of ["canary", "secret", "gateway.example"]) {
      expect(sealed).not.toContain(text);
      expect(bytes).not.toContain(text);
      expect(sealed).not.toContain(Buffer.from(text).toString("base64url"));
    }
    expect(sealForm(keyring.current, ID, FORM)).not.toBe(sealed);
  });

  it("is nobody else's: not of another payment, and not without its key", () => {
    expect(openSealedForm(keyring, OTHER, sealed)).toBeUndefined();
    expect(openSealedForm(createKeyring(NEWER), ID, sealed)).toBeUndefined();
    const renamed = `${rotated.current.id}.${sealed.split(".")[1]}`;
    expect(openSealedForm(rotated, ID, renamed)).toBeUndefined();
  });

  it("is not opened when a bit of it was changed, or when it is anything else", () => {
    const [id, content] = sealed.split(".") as [string, string];
    const bytes = Buffer.from(content, "base64url");
    const flipped = fc.nat(bytes.length * 8 - 1).map((bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      return `${id}.${changed.toString("base64url")}`;
    });
    const cut = fc.nat(bytes.length - 1).map((length) => `${id}.${bytes.subarray(0, length).toString("base64url")}`);
    const anything = fc.string({ unit: "binary", maxLength: 100 });
    const named = anything.map((text) => `${id}.${text}`);
    fc.assert(
      fc.property(fc.oneof(flipped, cut, anything, named), (text) => {
        expect(openSealedForm(keyring, ID, text)).toBeUndefined();
      }),
      { numRuns: testRuns(), seed: 5 },
    );
  });
});

describe("the token of a form's address", () => {
  const token = formToken(keyring.current, ID);

  it("is an HMAC-SHA256 over version and payment id under a key of its own, and stays what it was: buyers are on their way", () => {
    const key = Buffer.from(hkdfSync("sha256", SECRET, "", "pay/form-address/v1", 32));
    const mac = createHmac("sha256", key).update(`v1\0${ID}`).digest("base64url");
    expect(token).toBe(`093714a6.${mac}`);
    expect(token).toBe("093714a6.zYQxHOMBysTSJ0IImbtvDkUFD_tBHmUEpjcNEIAKgI8");
  });

  it("is good for its payment only, under any of our keys and no other", () => {
    expect(verifyFormToken(keyring, ID, token)).toBe(true);
    expect(verifyFormToken(rotated, ID, token)).toBe(true);
    expect(verifyFormToken(keyring, OTHER, token)).toBe(false);
    expect(verifyFormToken(createKeyring(NEWER), ID, token)).toBe(false);
  });

  it("is no callback's: the buyer's browser learns it", () => {
    for (const providerName of ["psc", "", "form"]) {
      expect(verifyCallbackToken(keyring, providerName, ID, token)).toBe(false);
      expect(verifyFormToken(keyring, ID, callbackToken(keyring.current, providerName, ID))).toBe(false);
    }
  });

  it("is refused in any other form, and nothing throws", () => {
    const mutants = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.nat(token.length).map((length) => token.slice(0, length)),
      fc.string({ minLength: 1 }).map((more) => token + more),
      fc
        .tuple(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, put]) => token.slice(0, at) + put + token.slice(at + 1)),
    );
    fc.assert(
      fc.property(mutants, (mutant) => {
        expect(verifyFormToken(keyring, ID, mutant)).toBe(mutant === token);
      }),
      { numRuns: testRuns(), seed: 6 },
    );
  });
});
