// Source: nobody's. Toll is an invented gateway of the plain kind: its callbacks are forms that carry the shop's secret, our
// name for a payment is unknown to it, and what it says of the amount nobody signed.

import type {
  Answer,
  CallbackOutcome,
  CallbackReply,
  PaymentProvider,
  ProviderRef,
  Reception,
} from "@pay/core/adapter";
import { gatewayAddress, providerRef, redirectAddress, secretsEqual, send, storable } from "@pay/core/adapter";

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
    account: `toll:${options.shop}`,
    traits: {
      currencies: CURRENCIES,
      callback: {
        methods: ["POST"],
        correlation: "provider-ref",
        authentication: ["shared-secret"],
        amount: "unsigned",
      },
      failureIsFinal: true,
      returnUrl: "preset",
      expiresAfter: 86_400,
    },
    needs: ["ip"],

    async create({ amount, buyer }, call) {
      const form = new URLSearchParams({ shop: options.shop, secret: options.secrets[0], ip: buyer.ip ?? "" });
      form.set("currency", amount.currency);
      form.set("amount", String(amount.amount));
      const sent = await send(call, {
        method: "POST",
        url: `${baseUrl}/order`,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: form.toString(),
        read: (answer) => readOrder(answer, baseUrl),
      });
      if (sent.kind !== "answered") return sent;
      return { kind: "accepted", ref: sent.body.ref, next: { kind: "redirect", url: sent.body.url } };
    },

    receive(request): Reception {
      const form = request.form();
      const given = form.get("secret") ?? "";
      const isAuthentic = options.secrets.map((secret) => secretsEqual(secret, given)).includes(true);
      if (!isAuthentic) return { kind: "refused", reason: "unauthenticated", detail: "The secret is wrong." };
      const ref = providerRef(form.get("id") ?? "");
      const word = form.get("status") ?? "";
      const digits = /^[0-9]{1,12}$/.exec(form.get("amount") ?? "")?.[0];
      const currency = CURRENCIES.find((one) => one === form.get("currency"));
      if (ref === undefined || word === "" || digits === undefined || currency === undefined) {
        return { kind: "refused", reason: "malformed", detail: "Something documented is missing." };
      }
      const amount = { amount: Number(digits), currency };
      const observed = { status: STATUSES.get(word) ?? "unmapped", raw: storable(word), amount } as const;
      const channel = form.get("channel");
      const details = channel === undefined ? {} : { details: { channel: storable(channel) } };
      return { kind: "notification", about: { ref }, ref, observed, ...details };
    },

    reply: replyTo,
  };
}

const ORDER = /^TRUE (\S+) (\S+)$/;

function readOrder({ text }: Answer, baseUrl: string): { ref: ProviderRef; url: string } | undefined {
  const [, id = "", address = ""] = ORDER.exec(text) ?? [];
  const ref = providerRef(id);
  const url = redirectAddress(address, baseUrl);
  return ref === undefined || url === undefined ? undefined : { ref, url };
}

/** Toll repeats what is not answered with exactly OK. */
function replyTo(outcome: CallbackOutcome): CallbackReply {
  switch (outcome.kind) {
    case "refused":
      return { status: 200, body: "ERROR" };
    case "error":
      return { status: 503, body: "ERROR" };
    default:
      return { status: 200, body: "OK" };
  }
}
