// Source: none. Toll is an invented, plain gateway. Its callbacks are forms that carry the shop's secret, it does not know our
// name for a payment, and the amount that it states is unsigned.

import type {
  Answer,
  CallbackOutcome,
  CallbackReply,
  ParsedCallback,
  PaymentProvider,
  ProviderReference,
} from "@pay/core/adapter";
import {
  gatewayAddress,
  parseProviderReference,
  redirectAddress,
  secretsEqual,
  send,
  storable,
} from "@pay/core/adapter";

export interface TollOptions {
  readonly shop: string;
  /** The shop's secrets: the current one, and those that are being phased in. */
  readonly secrets: readonly [string, ...string[]];
  readonly baseUrl: string;
}

const STATUSES: ReadonlyMap<string, "succeeded" | "failed"> = new Map([
  ["PAID", "succeeded"],
  ["FAILED", "failed"],
]);
const CURRENCIES = ["PLN", "EUR"];

export function toll(options: TollOptions): PaymentProvider<unknown, "ip"> {
  const baseUrl = gatewayAddress(options.baseUrl);

  return {
    contract: 1,
    name: "toll",
    merchantAccount: `toll:${options.shop}`,
    traits: {
      currencies: CURRENCIES,
      callback: {
        methods: ["POST"],
        correlation: "provider-reference",
        authentication: ["shared-secret"],
        amount: "unsigned",
      },
      failureIsFinal: true,
      returnUrl: "preset",
      expiresAfterSeconds: 86_400,
    },
    requiredBuyerFields: ["ip"],

    async create({ amount, buyer }, call) {
      const form = new URLSearchParams({ shop: options.shop, secret: options.secrets[0], ip: buyer.ip ?? "" });
      form.set("currency", amount.currency);
      form.set("amount", String(amount.value));
      const sent = await send(call, {
        method: "POST",
        url: `${baseUrl}/order`,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: form.toString(),
        read: (answer) => readOrder(answer, baseUrl),
      });
      if (sent.kind !== "answered") return sent;
      return {
        kind: "accepted",
        providerReference: sent.body.providerReference,
        next: { kind: "redirect", url: sent.body.url },
      };
    },

    receive(request): ParsedCallback {
      const form = request.form();
      const given = form.get("secret") ?? "";
      const isAuthentic = options.secrets.map((secret) => secretsEqual(secret, given)).includes(true);
      if (!isAuthentic) return { kind: "refused", reason: "unauthenticated", detail: "The secret is wrong." };
      const providerReference = parseProviderReference(form.get("id") ?? "");
      const word = form.get("status") ?? "";
      const digits = /^[0-9]{1,12}$/.exec(form.get("amount") ?? "")?.[0];
      const currency = CURRENCIES.find((one) => one === form.get("currency"));
      if (providerReference === undefined || word === "" || digits === undefined || currency === undefined) {
        return { kind: "refused", reason: "malformed", detail: "Something documented is missing." };
      }
      const amount = { value: Number(digits), currency };
      const reported = {
        status: STATUSES.get(word) ?? "unrecognized",
        providerStatus: storable(word),
        amount,
      } as const;
      const channel = form.getIfReadable("channel");
      const details = channel === undefined ? {} : { details: { channel: storable(channel) } };
      return { kind: "notification", about: { providerReference }, providerReference, reported, ...details };
    },

    reply: replyTo,
  };
}

const ORDER = /^TRUE (\S+) (\S+)$/;

function readOrder(
  { text }: Answer,
  baseUrl: string,
): { providerReference: ProviderReference; url: string } | undefined {
  const [, id = "", address = ""] = ORDER.exec(text) ?? [];
  const providerReference = parseProviderReference(id);
  const url = redirectAddress(address, baseUrl);
  return providerReference === undefined || url === undefined ? undefined : { providerReference, url };
}

/** Toll repeats each callback whose reply is not exactly OK. */
function replyTo(outcome: CallbackOutcome): CallbackReply {
  switch (outcome.kind) {
    case "refused":
      return { status: 400, body: "ERROR" };
    case "error":
      return { status: 503, body: "ERROR" };
    default:
      return { status: 200, body: "OK" };
  }
}
