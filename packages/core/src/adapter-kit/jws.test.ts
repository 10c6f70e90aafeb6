import { createHmac, createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isPayError } from "../model/errors.ts";
import { type JwsAlgorithm, type VerifyJws, verifyJws } from "./jws.ts";
import { jwsKeySet, jwsPublicKey, jwsSecret } from "./jws-keys.ts";

const ALL: readonly JwsAlgorithm[] = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

// RFC 7515, appendix A: one payload, three keys, and "Payload" under a fourth.
const JOE = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const A1_KEY = Buffer.from(
  "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
  "base64url",
);
const A1 = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
const A2_KEY: JsonWebKey = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
};
const A2 = `eyJhbGciOiJSUzI1NiJ9.${JOE}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`;
const A3_KEY: JsonWebKey = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
};
const A3 = `eyJhbGciOiJFUzI1NiJ9.${JOE}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`;
const A4_KEY: JsonWebKey = {
  kty: "EC",
  crv: "P-521",
  x: "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
  y: "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
};
const A4 =
  "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
const A5 = `eyJhbGciOiJub25lIn0.${JOE}.`;

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (key: KeyObject) => key.export({ type: "spki", format: "pem" }) as string;
const base64url = (data: string | Uint8Array) => Buffer.from(data).toString("base64url");
const bytes = (text: string) => new TextEncoder().encode(text);

/** Makes a token as a gateway would, with node:crypto only. */
function rs256(payload: string, header: object = { alg: "RS256" }, key: KeyObject = rsa.privateKey): string {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(payload)}`;
  return `${signed}.${base64url(sign("sha256", Buffer.from(signed), key))}`;
}

function hs256(payload: string, secret: string | Uint8Array, header: object = { alg: "HS256" }): string {
  const signed = `${base64url(JSON.stringify(header))}.${base64url(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const detached = (token: string) => token.replace(/\..*\./, "..");
const isVerified = async (token: string | null | undefined, options: VerifyJws) =>
  (await verifyJws(token, options)) !== undefined;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("a JWS", () => {
  it.each<[string, string, VerifyJws["keys"], JwsAlgorithm, string]>([
    ["A.1", A1, [jwsSecret(A1_KEY)], "HS256", JOE],
    ["A.2", A2, jwsKeySet({ keys: [A2_KEY] }), "RS256", JOE],
    ["A.3", A3, jwsKeySet({ keys: [A3_KEY] }), "ES256", JOE],
    ["A.4", A4, jwsKeySet({ keys: [A4_KEY] }), "ES512", "UGF5bG9hZA"],
  ])("of RFC 7515, %s, is verified, and by no other algorithm", async (_, token, keys, algorithm, payload) => {
    const verified = await verifyJws(token, { keys, algorithms: [algorithm] });
    expect(base64url(verified?.payload ?? new Uint8Array())).toBe(payload);
    expect(verified?.header).toMatchObject({ alg: algorithm });
    expect(await isVerified(token, { keys, algorithms: ALL })).toBe(true);
    expect(await isVerified(token, { keys, algorithms: ALL.filter((one) => one !== algorithm) })).toBe(false);
  });

  it.each<[string, string, VerifyJws["keys"]]>([
    ["A.1", A1, [jwsSecret(A1_KEY)]],
    ["A.2", A2, jwsKeySet({ keys: [A2_KEY] })],
    ["A.3", A3, jwsKeySet({ keys: [A3_KEY] })],
  ])("of RFC 7515, %s, is verified without its payload, which came apart from it", async (_, token, keys) => {
    const payload = Buffer.from(JOE, "base64url");
    expect(await isVerified(detached(token), { keys, algorithms: ALL, payload })).toBe(true);
    expect(await isVerified(token, { keys, algorithms: ALL, payload })).toBe(true);
    const changed = Uint8Array.from(payload);
    changed[3]! ^= 1;
    for (const other of [changed, payload.subarray(1), Buffer.concat([payload, Buffer.of(0)]), new Uint8Array()]) {
      expect(await isVerified(detached(token), { keys, algorithms: ALL, payload: other })).toBe(false);
      expect(await isVerified(token, { keys, algorithms: ALL, payload: other })).toBe(false);
    }
    expect(await isVerified(detached(token), { keys, algorithms: ALL })).toBe(false);
    // The signature covers the body, but the token also has another payload.
    const smuggled = token.replace(JOE, base64url('{"iss":"eve"}'));
    expect(await isVerified(smuggled, { keys, algorithms: ALL, payload })).toBe(false);
  });

  it("of RFC 7797, 4.2, is verified over the bytes as they are", async () => {
    const token =
      "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY";
    const options = { keys: [jwsSecret(A1_KEY)], algorithms: ["HS256"] } as const;
    expect(await isVerified(token, { ...options, payload: bytes("$.02") })).toBe(true);
    expect(await isVerified(token, { ...options, payload: bytes("$.03") })).toBe(false);
  });

  it("of RFC 7515, A.5, is never verified: it is signed with none", async () => {
    const keys = [jwsSecret(A1_KEY), jwsPublicKey(pemOf(rsa.publicKey))];
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      const header = base64url(JSON.stringify({ alg }));
      for (const token of [A5, `${header}.${JOE}.`, `${header}.${JOE}.AA`, `${header}.${JOE}`]) {
        expect(await isVerified(token, { keys, algorithms: ALL })).toBe(false);
        expect(await isVerified(token, { keys, algorithms: [...ALL, alg as JwsAlgorithm] })).toBe(false);
      }
    }
  });

  it("is not verified with a public key for a secret", async () => {
    const pem = pemOf(rsa.publicKey);
    const keys = [jwsPublicKey(pem)];
    for (const secret of [pem, pem.trim(), rsa.publicKey.export({ type: "spki", format: "der" })]) {
      expect(await isVerified(hs256("{}", secret), { keys, algorithms: ["HS256", "RS256"] })).toBe(false);
    }
    // Also if the gateway's secret is among the keys.
    const both = [...keys, jwsSecret("s3cret")];
    expect(await isVerified(hs256("{}", pem), { keys: both, algorithms: ["HS256", "RS256"] })).toBe(false);
    expect(await isVerified(hs256("{}", "s3cret"), { keys: both, algorithms: ["HS256", "RS256"] })).toBe(true);
    expect(await isVerified(hs256("{}", "s3cret"), { keys: both, algorithms: ["RS256"] })).toBe(false);
  });

  it("is not verified with what it brings itself", async () => {
    const jwk = otherRsa.publicKey.export({ format: "jwk" });
    const options = { keys: [jwsPublicKey(pemOf(rsa.publicKey))], algorithms: ALL };
    for (const header of [
      { alg: "RS256", jwk },
      { alg: "RS256", jku: "https://evil.example/keys" },
      { alg: "RS256", x5u: "https://evil.example/cert.pem" },
      { alg: "RS256", x5c: [base64url("x")] },
      { alg: "RS256", kid: "../../evil" },
    ]) {
      expect(await isVerified(rs256("{}", header, otherRsa.privateKey), options)).toBe(false);
      // With the right signature, the same header is harmless.
      expect(await isVerified(rs256("{}", header), options)).toBe(true);
    }
  });

  it("is not verified with an extension that must be understood and is not", async () => {
    const options = { keys: [jwsPublicKey(pemOf(rsa.publicKey))], algorithms: ALL };
    expect(await isVerified(rs256("{}", { alg: "RS256", crit: ["exp"], exp: 1 }), options)).toBe(false);
  });

  it("is not verified with a header that may be read in two ways", async () => {
    const options = { keys: [jwsPublicKey(pemOf(rsa.publicKey))], algorithms: ALL };
    for (const header of [
      '{"alg":"none","alg":"RS256"}',
      '{"alg":"RS256","alg":"none"}',
      '{"alg":"RS256","\\u0061lg":"RS256"}',
      '{"alg":"RS256","__proto__":{}}',
      '["RS256"]',
      '"RS256"',
      "null",
      "{}",
      '{"alg":["RS256"]}',
      '{"alg":null}',
      '{"alg":"RS256"} {}',
    ]) {
      const signed = `${base64url(header)}.${JOE}`;
      const token = `${signed}.${base64url(sign("sha256", Buffer.from(signed), rsa.privateKey))}`;
      expect(await isVerified(token, options)).toBe(false);
    }
  });

  it.each<[string, VerifyJws["keys"]]>([
    ["another key of the kind", [jwsPublicKey(pemOf(otherRsa.publicKey))]],
    ["a key of another kind", [jwsPublicKey(pemOf(ec.publicKey))]],
    ["a secret", [jwsSecret("s3cret")]],
    ["a short key", [jwsPublicKey(pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey))]],
    ["no key", []],
  ])("is not verified with %s", async (_, keys) => {
    expect(await isVerified(rs256("{}"), { keys, algorithms: ALL })).toBe(false);
  });

  it("is verified with any of several keys while they are changed", async () => {
    const keys = [otherRsa, rsa].map(({ publicKey }) => jwsPublicKey(pemOf(publicKey)));
    for (const { privateKey } of [rsa, otherRsa]) {
      expect(await isVerified(rs256("{}", { alg: "RS256" }, privateKey), { keys, algorithms: ["RS256"] })).toBe(true);
    }
  });

  it("is verified with the key it names, where keys have names", async () => {
    const named = (kid: string, { publicKey }: typeof rsa) => ({ ...publicKey.export({ format: "jwk" }), kid });
    const keys = jwsKeySet({ keys: [named("a", rsa), named("b", otherRsa)] });
    const options = { keys, algorithms: ["RS256"] } as const;
    expect(await isVerified(rs256("{}", { alg: "RS256", kid: "a" }), options)).toBe(true);
    expect(await isVerified(rs256("{}", { alg: "RS256" }), options)).toBe(true);
    expect(await isVerified(rs256("{}", { alg: "RS256", kid: "b" }), options)).toBe(false);
    expect(await isVerified(rs256("{}", { alg: "RS256", kid: "c" }), options)).toBe(false);
    expect(await isVerified(rs256("{}", { alg: "RS256", kid: ["a"] }), options)).toBe(false);
  });

  it("is verified with a key for its own algorithm only, where the key says which", async () => {
    const jwk = { ...rsa.publicKey.export({ format: "jwk" }), alg: "PS256" };
    const keys = jwsKeySet({ keys: [jwk] });
    expect(await isVerified(rs256("{}"), { keys, algorithms: ["RS256", "PS256"] })).toBe(false);
  });

  it("is verified with a certificate's key, and its text may be of many bytes", async () => {
    const fixture = readFileSync(new URL("../../../../test/support/self-signed.test.pem", import.meta.url), "utf8");
    const keys = [jwsPublicKey(fixture.slice(fixture.indexOf("-----BEGIN CERTIFICATE")))];
    const payload = bytes('{"opis":"zażółć"}');
    const head = base64url('{"alg":"ES256"}');
    const key = createPrivateKey(fixture);
    const signature = sign("sha256", Buffer.from(`${head}.${base64url(payload)}`), { key, dsaEncoding: "ieee-p1363" });
    const token = `${head}..${base64url(signature)}`;
    expect(await isVerified(token, { keys, algorithms: ["ES256"], payload })).toBe(true);
    const decomposed = bytes('{"opis":"zaz\u0307ółć"}');
    expect(await isVerified(token, { keys, algorithms: ["ES256"], payload: decomposed })).toBe(false);
  });

  it.each<[string, string | null | undefined]>([
    ["no header", undefined],
    ["no header of Fetch", null],
    ["nothing", ""],
    ["dots", ".."],
    ["two parts", A2.slice(0, A2.lastIndexOf("."))],
    ["four parts", `${A2}.${JOE}`],
    ["five parts", `${A2}.${JOE}.${JOE}`],
    ["no signature", `${A2.slice(0, A2.lastIndexOf("."))}.`],
    ["a space after", `${A2} `],
    ["a line break after", `${A2}\n`],
    ["padding", `${A2}=`],
    ["base64 for base64url", A2.replaceAll("-", "+").replaceAll("_", "/")],
    ["characters of many bytes", A2.replace("c", "ć")],
    ["a NUL", `${A2}\0`],
    ["two headers joined", `${A2}, ${A2}`],
    ["JSON", JSON.stringify({ payload: JOE, signature: "AA", protected: "e30" })],
    ["64 KiB", `${A2.split(".")[0]}.${"A".repeat(65_536)}.AA`],
    ["64 KiB of dots", ".".repeat(65_536)],
  ])("is not %s, and nothing throws", async (_, token) => {
    expect(await verifyJws(token, { keys: jwsKeySet({ keys: [A2_KEY] }), algorithms: ALL })).toBeUndefined();
  });

  it("is refused with any character changed, left out or put in", async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
    const place = fc.nat(A3.length - 1);
    const mutant = fc.oneof(
      fc.tuple(place, fc.constantFrom(...alphabet)).map(([at, put]) => A3.slice(0, at) + put + A3.slice(at + 1)),
      place.map((at) => A3.slice(0, at) + A3.slice(at + 1)),
      fc.tuple(place, fc.constantFrom(...alphabet)).map(([at, put]) => A3.slice(0, at) + put + A3.slice(at)),
      fc.string({ minLength: 1 }).map((more) => A3 + more),
      fc.string({ unit: "binary" }),
    );
    const options = { keys: jwsKeySet({ keys: [A3_KEY] }), algorithms: ALL };
    await fc.assert(
      fc.asyncProperty(mutant, async (token) => expect(await isVerified(token, options)).toBe(token === A3)),
      { numRuns: 300 },
    );
  });

  it("is verified over any body, and over no other", async () => {
    const options = { keys: [jwsSecret("s3cret")], algorithms: ["HS256"] } as const;
    const body = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.string({ unit: "grapheme" }).map(bytes));
    await fc.assert(
      fc.asyncProperty(body, body, async (signed, payload) => {
        const head = base64url('{"alg":"HS256"}');
        const mac = createHmac("sha256", "s3cret").update(`${head}.${base64url(signed)}`);
        const token = `${head}..${mac.digest("base64url")}`;
        expect(await isVerified(token, { ...options, payload: signed })).toBe(true);
        const isSame = Buffer.from(signed).equals(payload);
        expect(await isVerified(token, { ...options, payload })).toBe(isSame);
      }),
    );
  });

  it("has one spelling of its payload: the spare bits of its last character count, too", async () => {
    const options = { keys: jwsKeySet({ keys: [A3_KEY] }), algorithms: ALL };
    const [header, payload = "", signature] = A3.split(".");
    const same = [...ALPHABET].filter((last) => {
      const bits = Buffer.from(payload.slice(0, -1) + last, "base64url");
      return bits.equals(Buffer.from(payload, "base64url"));
    });
    expect(same.length).toBeGreaterThan(1);
    for (const last of same) {
      const duplicate = [header, payload.slice(0, -1) + last, signature].join(".");
      expect(await isVerified(duplicate, options)).toBe(duplicate === A3);
    }
  });

  it("has one spelling: the spare bits of its last character count", async () => {
    const options = { keys: [jwsSecret(A1_KEY)], algorithms: ALL };
    const duplicates = [...ALPHABET].map((last) => A1.slice(0, -1) + last);
    const verified = await Promise.all(duplicates.map((duplicate) => isVerified(duplicate, options)));
    expect(duplicates.filter((_, at) => verified[at])).toEqual([A1]);
  });
});

describe("keys of tokens", () => {
  const privatePem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const canaryPem = "-----BEGIN PUBLIC KEY-----\nCANARY\n-----END PUBLIC KEY-----\n";

  it.each<[string, string, () => unknown]>([
    ["an empty secret", "secret", () => jwsSecret("")],
    ["a public key for a secret", "secret", () => jwsSecret(pemOf(rsa.publicKey))],
    ["a public key's bytes for a secret", "secret", () => jwsSecret(bytes(` ${pemOf(rsa.publicKey)}`))],
    ["a set with no key at all", "keySet", () => jwsKeySet({ keys: [] })],
    ["a set with keys for other things", "keySet", () => jwsKeySet({ keys: [{ ...A3_KEY, use: "enc" }] })],
    [
      "a set of a kind that is a property of every object",
      "keySet",
      () => jwsKeySet({ keys: [{ kty: "constructor" }] }),
    ],
    ["nothing in a set", "keySet.keys.0", () => jwsKeySet({ keys: [null as never] })],
    ["a text in a set", "keySet.keys.1", () => jwsKeySet({ keys: [A3_KEY, "CANARY" as never] })],
    ["no bytes", "secret", () => jwsSecret(new Uint8Array())],
    ["a secret that is a number", "secret", () => jwsSecret(7 as never)],
    ["no secret", "notifyKey", () => jwsSecret(undefined as never, "notifyKey")],
    ["no PEM", "publicKey", () => jwsPublicKey("CANARY")],
    ["a broken PEM", "certificate", () => jwsPublicKey(canaryPem, "certificate")],
    ["a private key", "publicKey", () => jwsPublicKey(privatePem)],
    ["a list of PEMs", "publicKey", () => jwsPublicKey([pemOf(rsa.publicKey)] as never)],
    ["no set", "keySet", () => jwsKeySet(undefined as never)],
    ["a set without keys", "keySet", () => jwsKeySet({} as never)],
    ["a secret in a set", "keySet.keys.0", () => jwsKeySet({ keys: [{ kty: "oct", k: "CANARY" }] })],
    ["a private key in a set", "jwks.keys.1", () => jwsKeySet({ keys: [A3_KEY, { ...A3_KEY, d: "CANARY" }] }, "jwks")],
    ["a broken key in a set", "keySet.keys.0", () => jwsKeySet({ keys: [{ kty: "RSA", n: "CANARY" }] })],
  ])("are refused: %s", (_, field, make) => {
    let failure: unknown;
    try {
      make();
    } catch (error) {
      failure = error;
    }
    expect(isPayError(failure) && [failure.code, failure.field]).toEqual(["INVALID_CONFIG", field]);
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/CANARY|MII/);
  });

  it("leave out what is for encryption", () => {
    expect(
      jwsKeySet({
        keys: [
          { ...A3_KEY, use: "enc" },
          { ...A3_KEY, key_ops: ["encrypt"] },
          { ...A3_KEY, kty: "EC", crv: "secp256k1" },
          { kty: "AKP", alg: "ML-DSA-44", pub: "AAAA" },
          { ...A2_KEY, use: "sig", key_ops: ["verify"] },
        ],
      }),
    ).toHaveLength(1);
  });

  it("show nothing of a secret, however they are looked at", () => {
    const key = jwsSecret("CANARY-secret");
    const views = inspect(key, { depth: 9, showHidden: true, getters: true }) + JSON.stringify(key);
    for (const text of ["CANARY", base64url("CANARY-secret"), Buffer.from("CANARY").toString("hex")]) {
      expect(views).not.toContain(text);
    }
  });
});
