import type { CallbackRequest, SimulatedPayment, Verdict } from "../../engine/model.ts";
import type { Sent } from "../../engine/send.ts";
import type { SelllyTypes } from "./model.ts";
import type { SelllyShops } from "./options.ts";

/**
 * The notification of the Sellly API document, section "Notyfikacje": a `GET` with seven parameters. Null while the shop has
 * no notification address. `secretKey` replaces the shop's own.
 */
export function callbackRequest(
  { details, id, state }: SimulatedPayment<SelllyTypes>,
  shops: SelllyShops,
  secretKey?: string,
): CallbackRequest | null {
  const shop = shops.find(details.shopId);
  if (shop?.notificationUrl === undefined) return null;
  const query = new URLSearchParams({
    secret_key: secretKey ?? shop.secretKey,
    id,
    operator: details.operator,
    operator_id: details.operatorId,
    payment_channel: details.paymentChannel ?? "",
    email: details.email,
    status: state === "paid" ? "OK" : "ERR",
  });
  const url = withQuery(shop.notificationUrl, query);
  const headers = {
    host: new URL(url).host,
    accept: "*/*",
    "user-agent": "pay-simulator (sellly)",
    connection: "close",
  };
  return { method: "GET", url, headers, body: null };
}

/** A notification is repeated until the answer is status 200 with the body `OK`. The document does not say how often. */
export function judgeAnswer(sent: Sent, redeliveryMs: number): Verdict {
  const reason = objectionTo(sent);
  if (reason === null) return { kind: "accepted", redirectUrl: null, nextInMs: null };
  return { kind: "will_retry", nextInMs: redeliveryMs, reason };
}

function withQuery(address: string, query: URLSearchParams): string {
  const url = new URL(address);
  // As text, because searchParams would write the shop's own query anew, in another encoding.
  url.search = url.search === "" ? query.toString() : `${url.search}&${query}`;
  return url.href;
}

function objectionTo(sent: Sent): string | null {
  if (sent.kind === "failed") return sent.reason;
  const { status, body } = sent.response;
  if (status >= 300 && status < 400) return `status ${status}: redirects of callbacks are not followed`;
  if (status !== 200) return `status ${status} instead of 200`;
  return body.kind === "text" && body.text === "OK" ? null : "the body is not exactly OK";
}
