// Source: none. Quill is an invented gateway that writes XML and signs it with a pair of keys, so that a signature of the same text differs
// each time.

import { createPublicKey, verify } from "node:crypto";
import type { ParsedCallback, PaymentProvider } from "@pay/core/adapter";
import {
  formatMoney,
  gatewayAddress,
  joinFields,
  parseMoney,
  parseProviderReference,
  redirectAddress,
  secretsEqual,
  send,
  storable,
} from "@pay/core/adapter";

export interface QuillOptions {
  readonly shop: string;
  readonly apiKey: string;
  /** Public keys of notifications in PEM: the current one and those that are being phased in. */
  readonly keys: readonly [string, ...string[]];
  readonly baseUrl: string;
}

const STATUSES: ReadonlyMap<string, "succeeded" | "failed"> = new Map([
  ["RECEIVED", "succeeded"],
  ["VOID", "failed"],
]);

export function quill(options: QuillOptions): PaymentProvider<unknown, never> {
  const baseUrl = gatewayAddress(options.baseUrl);
  const keys = options.keys.map((pem) => createPublicKey(pem));

  return {
    contract: 1,
    name: "quill",
    merchantAccount: `quill:${options.shop}`,
    traits: {
      currencies: ["PLN"],
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "signed",
      },
      failureIsFinal: true,
      returnUrl: "preset",
      expiresAfterSeconds: 3600,
    },
    requiredBuyerFields: [],

    async create({ amount, merchantReference }, call) {
      const order = `<order><reference>${merchantReference}</reference><amount>${formatMoney(amount)}</amount></order>`;
      const sent = await send(call, {
        method: "POST",
        url: `${baseUrl}/orders`,
        headers: { "x-quill-key": options.apiKey, "content-type": "application/xml" },
        body: order,
        read({ text }) {
          const [, id = "", address = ""] = /^<order><id>([^<]+)<\/id><url>([^<]+)<\/url>/.exec(text) ?? [];
          const providerReference = parseProviderReference(id);
          const url = redirectAddress(address, baseUrl);
          if (providerReference === undefined || url === undefined || !text.endsWith("</order>")) return undefined;
          return { providerReference, next: { kind: "redirect", url } } as const;
        },
      });
      return sent.kind === "answered" ? { kind: "accepted", ...sent.body } : sent;
    },

    receive({ rawBody }): ParsedCallback {
      const xml = decoded(rawBody);
      const [reference, id, status, amount] = ["reference", "id", "status", "amount"].map((name) => element(xml, name));
      const signature = element(xml, "signature") ?? "";
      if (!reference || !id || !status || !amount) return MALFORMED;
      const signed = joinFields([reference, id, status, amount], { separator: "|", refuseSeparator: true });
      const bytes = Buffer.from(signature, "base64");
      // Each signature has one spelling, so that one was not made from another.
      const isSpelled = secretsEqual(bytes.toString("base64"), signature);
      const isAuthentic = keys.some(
        (key) => isSpelled && verify("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }, bytes),
      );
      if (!isAuthentic) return { kind: "refused", reason: "unauthenticated", detail: "The signature is wrong." };
      const providerReference = parseProviderReference(id);
      const stated = parseMoney(amount, "PLN");
      if (providerReference === undefined || stated === undefined) return MALFORMED;
      const reported = {
        status: STATUSES.get(status) ?? "unrecognized",
        providerStatus: storable(status),
        amount: stated,
      } as const;
      return { kind: "notification", about: { merchantReference: reference }, providerReference, reported };
    },

    reply({ kind }) {
      if (kind === "refused") return { status: 400, body: "<no/>" };
      return kind === "error" ? { status: 503, body: "<no/>" } : { status: 200, body: "<ok/>" };
    },
  };
}

const MALFORMED: ParsedCallback = { kind: "refused", reason: "malformed", detail: "It is no documented notification." };

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "";
  }
}

/** The text of an element that stands once in a notification, which has elements of text alone; `undefined` otherwise. */
function element(xml: string, name: string): string | undefined {
  if (!xml.startsWith("<notice>") || !xml.endsWith("</notice>")) return undefined;
  const [, value, ...more] = xml.split(`<${name}>`);
  const [text = "", rest] = value?.split(`</${name}>`) ?? [];
  if (more.length > 0 || rest === undefined || text.includes("<")) return undefined;
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
