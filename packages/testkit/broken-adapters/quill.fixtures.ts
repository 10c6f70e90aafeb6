import { createPublicKey, sign as signBytes } from "node:crypto";
import type { Callback, Place, ProviderFixtures, Signature } from "../src/index.ts";
import type { quill } from "./quill.ts";

/** Private keys of P-256, made for this file. */
const [CURRENT, NEXT, OLD, OTHER] = [
  pem(
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1djbDyrlQEeJJpThhIXhchTBWdT+/MQ2khlKsHMGh1ahRANCAASjz2VpP6ORB3zmjfFQWfXdhniyr+CmnfPOjYl8fL4mR+s7vtOmkqTMhVAMx+E0fbe2GQ87vMdNGsLPYK1GmBJV",
  ),
  pem(
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd4XU2h/W1Jf/Q03m4468lxCRKKMH+0hRG8lCj9LKa7WhRANCAAQt5gnRRrZI0EXte2VkN3Ge9W0UZMWQX2UGT58LLJLmkFpMluuRSyImFqIPIqXSC18VSUx8uXBI5GpjCIiayAWM",
  ),
  pem(
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdjb/eQSkxKLgX0vBPldFanbssjE72H2IWZVNITeEtdyhRANCAARJHOot+sI88NE6cmIXq4W19xGBBF8Dz7rg/sPEgWxPEeA5FjuNZ4sd/6+mvC02qS7Yo7rtzdweGseClX6en2z7",
  ),
  pem(
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOWVqy6iG9x3IBMv8FSViMP29nT5jxhdbOb35zHK1gbmhRANCAATS0Vl40qGP3lUPEWxD6G7b6cf21ud4sCUJAcJP2VCU4ifFxciW1jjycE1hsjjSILIELi2zNQWpr+ll2ybir32R",
  ),
] as const;
const API_KEY = "quill-api-key-1";

export const make = (module: { readonly quill: typeof quill }) => (baseUrl: string) =>
  module.quill({ shop: "SHOP1", apiKey: API_KEY, keys: [publicOf(CURRENT), publicOf(NEXT)], baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly quill: typeof quill }) => (baseUrl: string) =>
  module.quill({ shop: "SHOP2", apiKey: "quill-key-of-shop-2", keys: [publicOf(OTHER)], baseUrl });

function pem(base64: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
}

const publicOf = (key: string) => createPublicKey(key).export({ type: "spki", format: "pem" }).toString();

const REFERENCE = "01h455vb4pex5vsknk084sn02q";
const amount = { value: 1999, currency: "PLN" };

const element = (name: string, text: string) => {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${name}>${escaped}</${name}>`;
};

function place(name: string): Place {
  const pattern = new RegExp(`<${name}>([^<]*)</${name}>`);
  return {
    in: "elsewhere",
    read: ({ body }) =>
      pattern.exec(body.toString())?.[1]?.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    write(callback, text) {
      const xml = callback.body.toString();
      const written = text === undefined ? "" : element(name, text);
      const isThere = pattern.test(xml);
      const changed = xml.replace(isThere ? pattern : "</notice>", () => `${written}${isThere ? "" : "</notice>"}`);
      return { ...callback, body: Buffer.from(changed) };
    },
  };
}

const SIGNED = ["reference", "id", "status", "amount"].map(place);
const [merchantReference, providerReference, status, stated] = SIGNED as [Place, Place, Place, Place];
const at = place("signature");

const sign: Signature["sign"] = (callback, key) => {
  const texts = SIGNED.map((one) => (one.in === "elsewhere" ? one.read(callback) : undefined) ?? "");
  return signBytes("sha256", Buffer.from(texts.join("|")), { key, dsaEncoding: "ieee-p1363" }).toString("base64");
};

function callback(said: Readonly<Record<string, string>>) {
  const texts = { reference: REFERENCE, id: "Q-1", amount: "19.99", note: "żółw & co", ...said };
  const body = `<notice>${Object.entries(texts)
    .map(([name, text]) => element(name, text))
    .join("")}</notice>`;
  const unsigned: Callback = { method: "POST", query: "", headers: {}, body: Buffer.from(body) };
  const signed = body.replace("</notice>", `${element("signature", sign(unsigned, CURRENT))}</notice>`);
  return { method: "POST", headers: { "content-type": "application/xml" }, body: signed };
}

const recorded = (word: string, meaning: "succeeded" | "failed") =>
  ({
    callback: callback({ status: word }),
    gives: {
      kind: "notification",
      about: { merchantReference: REFERENCE },
      providerReference: "Q-1",
      reported: { status: meaning, providerStatus: word, amount },
    },
  }) as const;

const OK = { status: 200, body: "<ok/>" };
const asked = (body: string, name: string) => new RegExp(`<${name}>([^<]*)<`).exec(body)?.[1] ?? "";

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [API_KEY],
  credentials: { "x-quill-key": API_KEY },
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [
      { amount, description: "VIP, 30 days", buyer: { email: "buyer.of.quill@example.com" }, options: undefined },
    ],
    amount: ({ body }) => ({ text: asked(body, "amount") }),
    accepted: [
      {
        answer: { status: 200, body: "<order><id>Q-1</id><url>https://pay.quill.example/Q-1</url></order>" },
        gives: {
          kind: "accepted",
          providerReference: "Q-1",
          next: { kind: "redirect", url: "https://pay.quill.example/Q-1" },
        },
      },
    ],
    refused: [],
  },
  callbacks: {
    callbackFor: ({ body }) =>
      callback({ status: "RECEIVED", reference: asked(body, "reference"), amount: asked(body, "amount") }),
    recorded: [recorded("RECEIVED", "succeeded"), recorded("VOID", "failed")],
    proof: {
      kind: "signature",
      at,
      covers: SIGNED,
      keys: { accepted: [CURRENT, NEXT], old: OLD, otherAccount: OTHER },
      sign,
    },
    places: { status, amount: stated, merchantReference, providerReference },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: { status: 400, body: "<no/>" },
    error: { status: 503, body: "<no/>" },
    isAcknowledgement: ({ status: code }) => code === 200,
  },
});
