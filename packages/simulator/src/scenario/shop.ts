import type { CallbackRequest } from "../ledger.ts";
import type { SelllyShop } from "../options.ts";
import type { Addresses } from "../pages/home.ts";
import type { ScenarioStep } from "./model.ts";

type Create = Extract<ScenarioStep, { kind: "create" }>;

/** The create request that a scenario sends in the shop's place, with everything that is not the scenario's to say made up. */
export function createRequest(step: Create, { gosettiUrl, selllyUrl }: Addresses, shop: SelllyShop): CallbackRequest {
  const amount = step.amount ?? "19.99";
  if (step.gateway === "gosetti") {
    const fields = { UserId: 1, ClientIp: "192.0.2.1", Amount: Number(amount), CallbackUrl: step.callbackUrl };
    const url = `${gosettiUrl}/Api/PaySafeCardTransactionCreate.php`;
    return post(url, "application/json", JSON.stringify(fields));
  }
  const form = new URLSearchParams({
    shop_id: shop.shopId,
    secret_key: shop.secretKey,
    operator: "cashbill",
    currency_code: "PLN",
    price: amount,
    language_code: "pl",
    buyer_email: "buyer@example.com",
    ip: "192.0.2.1",
  });
  return post(`${selllyUrl}/pay`, "application/x-www-form-urlencoded", form.toString());
}

function post(url: string, type: string, body: string): CallbackRequest {
  const headers = {
    host: new URL(url).host,
    accept: "application/json",
    "content-type": type,
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "pay-simulator (scenario)",
    connection: "close",
  };
  return { method: "POST", url, headers, body };
}
