import type { CallbackPlan } from "./deliver.ts";
import { parseObject } from "./json.ts";
import type { CallbackResponse, SimulatedPayment } from "./ledger.ts";
import { httpUrl } from "./loopback.ts";
import type { Sent } from "./send.ts";

/** The callback takes the shape of "PaySafeCard Api GOSetti.pl V1", section "CallbackUrl". */
export interface GosettiCallbackOptions {
  /** Calls in all when the first one is answered well. */
  readonly calls: number;
  /** Milliseconds. */
  readonly redelivery: number;
}

/**
 * `POST` of `PaySafeCardTransactionId` and `Finished` to the payment's `CallbackUrl`. How often and how far apart is
 * undocumented: ours is `calls` times whatever the answers are, and on until one of them has told where the buyer goes.
 */
export function gosettiCallback({ calls, redelivery }: GosettiCallbackOptions): CallbackPlan {
  return {
    request({ id, state, details }) {
      if (details.kind !== "gosetti") return null;
      const body = JSON.stringify({ PaySafeCardTransactionId: id, Finished: state === "paid" });
      const headers = {
        host: new URL(details.callbackUrl).host,
        accept: "application/json",
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "pay-simulator (gosetti)",
        connection: "close",
      };
      return { method: "POST", url: details.callbackUrl, headers, body };
    },
    judge(payment, sent, attempt) {
      const left = attempt < calls ? redelivery : null;
      const answer = readAnswer(sent);
      if (answer.kind === "redirect") return { kind: "accepted", redirectUrl: answer.url, repeatIn: left };
      return { kind: "no_redirect", in: knowsTheWay(payment) ? left : redelivery, why: answer.why };
    },
  };
}

function knowsTheWay({ returnTo }: SimulatedPayment): boolean {
  return returnTo !== null;
}

type Answer = { readonly kind: "redirect"; readonly url: string } | { readonly kind: "useless"; readonly why: string };

function readAnswer(sent: Sent): Answer {
  if (sent.kind === "failed") return useless(sent.why);
  const { status, headers, body } = sent.response;
  if (status >= 300 && status < 400) return useless(`status ${status}: redirects of callbacks are not followed`);
  if (status !== 200) return useless(`status ${status} instead of 200`);
  const type = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "application/json") return useless(`content type "${type}" instead of application/json`);
  return readRedirect(body);
}

function readRedirect(body: CallbackResponse["body"]): Answer {
  const answer = body.kind === "text" ? parseObject(body.text) : null;
  if (answer === null) return useless("the body is not a JSON object");
  const { RedirectUrl: url } = answer;
  if (typeof url !== "string" || httpUrl(url) === null) {
    return useless("RedirectUrl is missing or not an absolute http or https address");
  }
  return { kind: "redirect", url };
}

function useless(why: string): Answer {
  return { kind: "useless", why };
}
