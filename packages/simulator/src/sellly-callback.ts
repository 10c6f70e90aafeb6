import type { CallbackPlan } from "./deliver.ts";
import type { SelllyShops } from "./sellly-shops.ts";
import type { Sent } from "./send.ts";

/**
 * The notification of the Sellly API document, section "Notyfikacje": `GET` with seven parameters, sent again until the
 * answer is status 200 with the body `OK`. The pause between two deliveries (milliseconds) is undocumented.
 */
export function selllyCallback(shops: SelllyShops, redelivery: number): CallbackPlan {
  return {
    request({ id, state, details }, secretKey) {
      const shop = details.kind === "sellly" ? shops.find(details.shopId) : undefined;
      if (details.kind !== "sellly" || shop?.notificationUrl === undefined) return null;
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
    },
    judge(_payment, sent) {
      const why = objection(sent);
      if (why === null) return { kind: "accepted", redirectUrl: null, repeatIn: null };
      return { kind: "will_retry", in: redelivery, why };
    },
  };
}

function withQuery(address: string, query: URLSearchParams): string {
  const url = new URL(address);
  // As text: searchParams would write the shop's own query anew, in another encoding.
  url.search = url.search === "" ? query.toString() : `${url.search}&${query}`;
  return url.href;
}

function objection(sent: Sent): string | null {
  if (sent.kind === "failed") return sent.why;
  const { status, body } = sent.response;
  if (status >= 300 && status < 400) return `status ${status}: redirects of callbacks are not followed`;
  if (status !== 200) return `status ${status} instead of 200`;
  return body.kind === "text" && body.text === "OK" ? null : "the body is not exactly OK";
}
