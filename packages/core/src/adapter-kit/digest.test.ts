import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type DigestAlgorithm, type DigestText, digest, hmac } from "./digest.ts";

const ALGORITHMS: readonly DigestAlgorithm[] = ["md5", "sha1", "sha256", "sha384", "sha512"];
const TEXTS: readonly DigestText[] = ["hex", "HEX", "base64", "base64url"];
const repeated = (byte: number, times: number) => new Uint8Array(times).fill(byte);
const COUNTING = Uint8Array.from({ length: 25 }, (_, at) => at + 1);

describe("a digest", () => {
  // RFC 1321, A.5; FIPS 180 examples of NIST's Cryptographic Standards and Guidelines.
  it.each<[DigestAlgorithm, string, string]>([
    ["md5", "", "d41d8cd98f00b204e9800998ecf8427e"],
    ["md5", "abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["md5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    ["sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["sha1", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
    ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "sha256",
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    [
      "sha384",
      "abc",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ],
    [
      "sha512",
      "abc",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
  ])("%s of %j is as published", (algorithm, text, expected) => {
    expect(digest(algorithm, text)).toBe(expected);
    expect(digest(algorithm, new TextEncoder().encode(text))).toBe(expected);
  });

  it("is written as the gateway wants it", () => {
    expect(digest("md5", "abc", "hex")).toBe("900150983cd24fb0d6963f7d28e17f72");
    expect(digest("md5", "abc", "HEX")).toBe("900150983CD24FB0D6963F7D28E17F72");
    expect(digest("md5", "abc", "base64")).toBe("kAFQmDzST7DWlj99KOF/cg==");
    expect(digest("md5", "abc", "base64url")).toBe("kAFQmDzST7DWlj99KOF_cg");
  });

  it("takes a text as UTF-8, and bytes as they are", () => {
    expect(digest("sha256", "zażółć")).toBe(digest("sha256", Buffer.from("zażółć", "utf8")));
    expect(digest("sha256", Buffer.from([0xff, 0xfe]))).not.toBe(digest("sha256", "\ufffd\ufffd"));
  });
});

describe("an HMAC", () => {
  // RFC 2202, sections 2 and 3.
  it.each<[DigestAlgorithm, string | Uint8Array, string | Uint8Array, string]>([
    ["md5", repeated(0x0b, 16), "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"],
    ["md5", "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"],
    ["md5", repeated(0xaa, 16), repeated(0xdd, 50), "56be34521d144c88dbb8c733f0e8b3f6"],
    ["md5", COUNTING, repeated(0xcd, 50), "697eaf0aca3a3aea3a75164746ffaa79"],
    [
      "md5",
      repeated(0xaa, 80),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd",
    ],
    ["sha1", repeated(0x0b, 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"],
    ["sha1", "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
    ["sha1", repeated(0xaa, 20), repeated(0xdd, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"],
    ["sha1", COUNTING, repeated(0xcd, 50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"],
    [
      "sha1",
      repeated(0xaa, 80),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    ],
  ])("of RFC 2202: HMAC-%s, %#", (algorithm, key, data, expected) => {
    expect(hmac(algorithm, key, data)).toBe(expected);
  });

  // RFC 4231, sections 4.2 to 4.7.
  it.each<[string | Uint8Array, string | Uint8Array, string, string, string]>([
    [
      repeated(0x0b, 20),
      "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    ],
    [
      "Jefe",
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ],
    [
      repeated(0xaa, 20),
      repeated(0xdd, 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
      "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
      "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
    ],
    [
      COUNTING,
      repeated(0xcd, 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
      "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
      "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
    ],
    [
      repeated(0xaa, 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
    ],
  ])("of RFC 4231: HMAC-SHA-2, %#", (key, data, sha256, sha384, sha512) => {
    expect(hmac("sha256", key, data)).toBe(sha256);
    expect(hmac("sha384", key, data)).toBe(sha384);
    expect(hmac("sha512", key, data)).toBe(sha512);
  });

  it("is written as the gateway wants it", () => {
    const written = TEXTS.map((text) => hmac("md5", "Jefe", "what do ya want for nothing?", text));
    expect(written).toEqual([
      "750c783e6ab0b503eaa86e310a5db738",
      "750C783E6AB0B503EAA86E310A5DB738",
      "dQx4PmqwtQPqqG4xCl23OA==",
      "dQx4PmqwtQPqqG4xCl23OA",
    ]);
  });
});

describe("digests and HMACs", () => {
  const data = fc.oneof(fc.string({ unit: "grapheme" }), fc.uint8Array({ maxLength: 300 }));

  it("are those of node:crypto for any bytes, written in any way", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALGORITHMS), data, data, (algorithm, key, bytes) => {
        const plain = createHash(algorithm).update(bytes);
        const keyed = createHmac(algorithm, key).update(bytes);
        const [digested, macced] = [plain.digest(), keyed.digest()];
        for (const text of TEXTS) {
          const encoding = text === "HEX" ? "hex" : text;
          const cased = (it: string) => (text === "HEX" ? it.toUpperCase() : it);
          expect(digest(algorithm, bytes, text)).toBe(cased(digested.toString(encoding)));
          expect(hmac(algorithm, key, bytes, text)).toBe(cased(macced.toString(encoding)));
        }
      }),
    );
  });

  it("change with any bit of what is signed, and an HMAC with any bit of the key", () => {
    const flip = (bytes: Uint8Array, bit: number) => {
      const copy = Uint8Array.from(bytes);
      copy[bit >> 3]! ^= 1 << (bit & 7);
      return copy;
    };
    // Up to one block, since HMAC hashes a longer key itself.
    const some = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(fc.constantFrom(...ALGORITHMS), some, some, fc.nat(), (algorithm, key, bytes, at) => {
        const other = flip(bytes, at % (bytes.length * 8));
        expect(digest(algorithm, other)).not.toBe(digest(algorithm, bytes));
        expect(hmac(algorithm, key, other)).not.toBe(hmac(algorithm, key, bytes));
        expect(hmac(algorithm, flip(key, at % (key.length * 8)), bytes)).not.toBe(hmac(algorithm, key, bytes));
      }),
    );
  });
});
