import { mediaType, parseObject } from "../../engine/content.ts";
import { httpUrl } from "../../engine/loopback.ts";
import type { CallbackRequest, CallbackResponse, SimulatedPayment, Verdict } from "../../engine/model.ts";
import type { Sent } from "../../engine/send.ts";
import type { GosettiTypes } from "./model.ts";

/**
 * `POST` of `PaySafeCardTransactionId` and `Finished` to the payment's `CallbackUrl`, as in "PaySafeCard Api GOSetti.pl V1",
 * section "CallbackUrl". `callbackUrl` replaces the payment's own.
 */
export function callbackRequest(
  { details, id, state }: SimulatedPayment<GosettiTypes>,
  callbackUrl: string = details.callbackUrl,
): CallbackRequest {
  const body = JSON.stringify({ PaySafeCardTransactionId: id, Finished: state === "paid" });
  const headers = {
    host: new URL(callbackUrl).host,
    accept: "application/json",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "pay-simulator (gosetti)",
    connection: "close",
  };
  return { method: "POST", url: callbackUrl, headers, body };
}

/**
 * The document does not say how often and how far apart GOSetti.pl calls. Ours is `calls` times whatever the answers are,
 * and then on until one of them says where the buyer goes.
 */
export function judgeAnswer(
  payment: SimulatedPayment<GosettiTypes>,
  sent: Sent,
  attempt: number,
  { calls, redeliveryMs }: { readonly calls: number; readonly redeliveryMs: number },
): Verdict {
  const nextInMs = attempt < calls ? redeliveryMs : null;
  const answer = readAnswer(sent);
  if (answer.kind === "redirect") return { kind: "accepted", redirectUrl: answer.url, nextInMs };
  const isWayKnown = payment.returnTo !== null;
  return { kind: "no_redirect", nextInMs: isWayKnown ? nextInMs : redeliveryMs, reason: answer.reason };
}

type Answer =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "useless"; readonly reason: string };

function readAnswer(sent: Sent): Answer {
  if (sent.kind === "failed") return useless(sent.reason);
  const { status, headers, body } = sent.response;
  if (status >= 300 && status < 400) return useless(`status ${status}: redirects of callbacks are not followed`);
  if (status !== 200) return useless(`status ${status} instead of 200`);
  const type = mediaType(headers["content-type"]);
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

function useless(reason: string): Answer {
  return { kind: "useless", reason };
}
