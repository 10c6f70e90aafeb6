import { createHash } from "node:crypto";
import type { ProviderFixtures } from "../src/index.ts";
import type { whisper } from "./whisper.ts";

const SECRETS = ["whisper-secret-current", "whisper-secret-next"] as const;

export const make = (module: { readonly whisper: typeof whisper }) => (baseUrl: string) =>
  module.whisper({ shop: "SHOP1", secrets: SECRETS, baseUrl });
/** The same for another account. */
export const makeOther = (module: { readonly whisper: typeof whisper }) => (baseUrl: string) =>
  module.whisper({ shop: "SHOP2", secrets: ["whisper-secret-of-shop-2"], baseUrl });

const sha256 = (...parts: readonly unknown[]) => createHash("sha256").update(parts.join("|")).digest("hex");
const args = "01h455vb4pex5vsknk084sn0bb";
const cmd = "transactionStatusChanged";
const OK = { status: 200, body: "OK" };
const buyer = { ip: "203.0.113.74", email: "buyer.of.whisper@example.com" };

export const fixtures = (source: URL): ProviderFixtures => ({
  sources: [source],
  secrets: [],
  credentials: {
    sign: ({ target }) => sha256("status", /^\/payments\/(\w+)/.exec(target)?.[1], SECRETS[0]),
  },
  amounts: { "0.01 PLN": "0.01", "10.00 PLN": "10.00" },
  create: {
    requests: [{ amount: { value: 1999, currency: "PLN" }, description: "VIP, 30 days", buyer, options: undefined }],
    amount: ({ body }) => ({ text: new URLSearchParams(body).get("amount") ?? "" }),
    returnFields: { success: "back" },
    form({ amount: { value: amount }, description, merchantReference, returnUrl }, baseUrl) {
      const price = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
      const fields = {
        shop: "SHOP1",
        amount: price,
        description,
        reference: merchantReference,
        back: returnUrl.success,
      };
      return {
        kind: "form",
        url: `${baseUrl}/pay`,
        fields: { ...fields, hash: sha256(price, merchantReference, SECRETS[0]) },
      };
    },
  },
  callbacks: {
    callbackFor: ({ body }) => ({
      method: "POST",
      body: JSON.stringify({ cmd, args: new URLSearchParams(body).get("reference"), sign: "" }),
    }),
    recorded: [
      {
        callback: { method: "POST", body: JSON.stringify({ cmd, args, sign: sha256(cmd, args, SECRETS[0]) }) },
        gives: { kind: "check_status", about: { merchantReference: args } },
      },
    ],
    ignored: [
      {
        callback: {
          method: "POST",
          body: JSON.stringify({ cmd: "ping", args, sign: sha256("ping", args, SECRETS[0]) }),
        },
        reply: { status: 200, body: "PONG" },
      },
    ],
    proof: {
      kind: "signature",
      at: { in: "json", name: "sign" },
      covers: [
        { in: "json", name: "cmd" },
        { in: "json", name: "args" },
      ],
      keys: { accepted: SECRETS, old: "whisper-secret-old", otherAccount: "whisper-secret-of-shop-2" },
      sign({ body }, key) {
        const said = JSON.parse(body.toString());
        return sha256(said.cmd, said.args, key);
      },
    },
    places: { merchantReference: { in: "json", name: "args" } },
  },
  replies: {
    applied: OK,
    duplicate: OK,
    under_review: OK,
    status_check_scheduled: OK,
    unknown_payment: OK,
    refused: { status: 403, body: "NO" },
    error: { status: 503, body: "NO" },
    isAcknowledgement: ({ body, status }) => status === 200 && (body === "OK" || body === "PONG"),
  },
  retrieve: {
    answers: [
      {
        answer: { status: 200, body: '{"status":"Completed"}' },
        gives: { status: "succeeded", providerStatus: "Completed" },
      },
      { answer: { status: 200, body: '{"status":"Abort"}' }, gives: { status: "failed", providerStatus: "Abort" } },
      { answer: { status: 200, body: '{"status":"New"}' }, gives: { status: "pending", providerStatus: "New" } },
    ],
    withStatus: (status) => ({ status: 200, body: JSON.stringify({ status }) }),
  },
});
