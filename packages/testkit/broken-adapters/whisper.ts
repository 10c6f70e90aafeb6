// Source: none. Whisper is an invented gateway. Buyers reach it by a form in their browser. Its callbacks are signed over some
// fields and say only that something changed, so the adapter asks for the status.

import { hash } from "node:crypto";
import type { CreateRequest, FormAction, PaymentProvider } from "@pay/core/adapter";
import { formatMoney, gatewayAddress, secretsEqual, send, storable } from "@pay/core/adapter";
import * as v from "valibot";

export interface WhisperOptions {
  readonly shop: string;
  readonly secrets: readonly [string, ...string[]];
  readonly baseUrl: string;
}

const Changed = v.object({ cmd: v.string(), args: v.pipe(v.string(), v.nonEmpty()), sign: v.string() });
const PONG = { status: 200, body: "PONG" };
const Answer = v.object({ status: v.string() });
const STATUSES: ReadonlyMap<string, "succeeded" | "failed" | "pending"> = new Map([
  ["Completed", "succeeded"],
  ["Abort", "failed"],
  ["New", "pending"],
]);

export function whisper(options: WhisperOptions): PaymentProvider<unknown, never, "retrieve"> {
  const baseUrl = gatewayAddress(options.baseUrl);
  const [secret] = options.secrets;

  return {
    contract: 1,
    name: "whisper",
    merchantAccount: `whisper:${options.shop}`,
    traits: {
      currencies: ["PLN"],
      callback: {
        methods: ["POST"],
        correlation: "merchant-reference",
        authentication: ["signature"],
        amount: "absent",
      },
      failureIsFinal: false,
      returnUrl: "create",
      expiresAfterSeconds: 3600,
    },
    requiredBuyerFields: [],

    async create(request) {
      return { kind: "accepted", next: formOf(request, `${baseUrl}/pay`, options.shop, secret) };
    },

    receive(request) {
      const { output, success } = v.safeParse(Changed, request.json());
      if (!success) return { kind: "refused", reason: "malformed", detail: "It is no documented notification." };
      const { args, cmd, sign } = output;
      const expected = options.secrets.map((one) => signature(cmd, args, one));
      if (!expected.map((one) => secretsEqual(one, sign)).includes(true)) {
        return { kind: "refused", reason: "unauthenticated", detail: "sign is wrong." };
      }
      if (cmd === "ping") return { kind: "ignored", reply: PONG };
      if (cmd !== "transactionStatusChanged") {
        return { kind: "refused", reason: "malformed", detail: "It is no documented command." };
      }
      return { kind: "check_status", about: { merchantReference: args } };
    },

    reply(outcome) {
      if (outcome.kind === "refused") return { status: 403, body: "NO" };
      return outcome.kind === "error" ? { status: 503, body: "NO" } : { status: 200, body: "OK" };
    },

    async retrieve({ merchantReference }, call) {
      const sent = await send(call, {
        method: "GET",
        url: `${baseUrl}/payments/${merchantReference}?sign=${signature("status", merchantReference, secret)}`,
        read: ({ text }) => v.parse(Answer, JSON.parse(text)).status,
      });
      if (sent.kind !== "answered") throw new Error("Whisper did not say.");
      return { status: STATUSES.get(sent.body) ?? "unrecognized", providerStatus: storable(sent.body) };
    },
  };
}

/** The separator keeps characters from moving from one field to the next. */
function signature(cmd: string, args: string, secret: string): string {
  return hash("sha256", [cmd, args, secret].join("|"), "hex");
}

function formOf(request: CreateRequest<unknown>, url: string, shop: string, secret: string): FormAction {
  const { amount, description, merchantReference, returnUrl } = request;
  const fields = {
    shop,
    amount: formatMoney(amount),
    description,
    reference: merchantReference,
    back: returnUrl.success,
  };
  return { kind: "form", url, fields: { ...fields, hash: signature(fields.amount, merchantReference, secret) } };
}
