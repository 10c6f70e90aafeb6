import { createHash, hkdfSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { isPayError } from "../model/errors.ts";
import { createKeyring, keyedDigest } from "./keyring.ts";

const SECRET = "canary-4f1c the secret of this test, long enough";
const OLDER = "canary-77aa an older secret, which is long enough";

describe("a keyring", () => {
  it("derives each key for its purpose with HKDF-SHA256, and names it by a hash", () => {
    const derived = (purpose: string) => Buffer.from(hkdfSync("sha256", SECRET, "", `pay/${purpose}/v1`, 32));
    const { current } = createKeyring(SECRET);
    expect(current.callback.export()).toEqual(derived("callback"));
    expect(current.digest.export()).toEqual(derived("digest"));
    expect(current.form.export()).toEqual(derived("form"));
    expect(current.formAddress.export()).toEqual(derived("form-address"));
    expect(current.id).toBe(createHash("sha256").update(derived("key-id")).digest("hex").slice(0, 8));
    expect(current.callback.equals(current.digest)).toBe(false);
  });

  it("derives the same keys in every version: addresses at gateways outlive us", () => {
    const { current } = createKeyring("0123456789abcdef0123456789abcdef");
    expect(current.id).toBe("093714a6");
    expect(current.callback.export().toString("hex")).toBe(
      "f9399bf67e9d90f7dbba7574462f760b0074ed87eb05351c7e6963c714e9009e",
    );
    expect(current.digest.export().toString("hex")).toBe(
      "b2eebf4494e0c31cf07856d06ca9f4f76c42eae3b67dd2f1b104d9d380696f93",
    );
  });

  it("signs with the first of several and finds all", () => {
    const both = createKeyring([SECRET, OLDER]);
    expect(both.current.id).toBe(createKeyring(SECRET).current.id);
    expect(both.find(createKeyring(OLDER).current.id)?.callback.equals(createKeyring(OLDER).current.callback)).toBe(
      true,
    );
    expect(createKeyring(SECRET).find(createKeyring(OLDER).current.id)).toBeUndefined();
    expect(both.find("constructor")).toBeUndefined();
  });

  it("shows nothing of a secret, however it is looked at", () => {
    const keyring = createKeyring([SECRET, OLDER]);
    const views = [
      inspect(keyring, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
      inspect(keyring.current, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
      JSON.stringify([keyring, keyring.current]),
      String(keyring.current.callback),
    ];
    const secrets = [SECRET, OLDER].flatMap((text) => [
      text,
      Buffer.from(text).toString("base64"),
      Buffer.from(text).toString("hex"),
    ]);
    const { callback, digest, form, formAddress } = keyring.current;
    const keys = [callback, digest, form, formAddress].map((key) => key.export());
    const forms = keys.flatMap((key) => [key.toString("hex"), key.toString("base64url"), [...key].join(", ")]);
    for (const view of views) {
      for (const text of [...secrets, ...forms, "canary"]) expect(view).not.toContain(text);
    }
  });

  it.each([
    ["short", "x".repeat(31)],
    ["empty", ""],
    ["missing", undefined],
    ["null", null],
    ["a number", 1e32],
    ["an empty list", []],
    ["one character over and over", "x".repeat(64)],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: nothing replaces it
    ["a placeholder of a shell", "${CANARY_OF_THE_SHOP_IN_PRODUCTION_canary}"],
    ["a placeholder of Windows", "%CANARY_OF_THE_SHOP_IN_PRODUCTION_canary%"],
    ["a list with a short one", [SECRET, "short"], "secret.1"],
    ["a list with a hole", [SECRET, undefined], "secret.1"],
    ["bytes", new Uint8Array(32)],
  ])("refuses a secret that is %s, without quoting it", (_, secret, field = "secret") => {
    let failure: unknown;
    try {
      createKeyring(secret as string);
    } catch (error) {
      failure = error;
    }
    expect(isPayError(failure) && [failure.code, failure.field]).toEqual(["INVALID_CONFIG", field]);
    expect(inspect(failure)).not.toContain("canary");
  });
});

describe("a keyed digest", () => {
  const { current } = createKeyring(SECRET);

  it("is the same for the same, and differs by key, purpose and text", () => {
    const digest = keyedDigest(current, "buyer-email", "a@example.com");
    expect(digest).toMatch(/^[\w-]{22}$/);
    expect(keyedDigest(createKeyring(SECRET).current, "buyer-email", "a@example.com")).toBe(digest);
    const others = [
      keyedDigest(createKeyring(OLDER).current, "buyer-email", "a@example.com"),
      keyedDigest(current, "checkout.email", "a@example.com"),
      keyedDigest(current, "buyer-email", "b@example.com"),
    ];
    for (const other of others) expect(other).not.toBe(digest);
  });

  it("cannot be had without the key", () => {
    const plain = createHash("sha256").update("buyer-email\0a@example.com").digest("base64url").slice(0, 22);
    expect(keyedDigest(current, "buyer-email", "a@example.com")).not.toBe(plain);
  });
});
