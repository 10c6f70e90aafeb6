import type { CallbackRequest } from "../../engine/model.ts";
import { postAsShop } from "../../scenario/post-as-shop.ts";
import type { ScenarioOrder } from "../gateway.ts";

export function shopRequest({ amount, callbackUrl }: ScenarioOrder, gosettiUrl: string): CallbackRequest {
  const fields = { UserId: 1, ClientIp: "192.0.2.1", Amount: Number(amount), CallbackUrl: callbackUrl };
  const url = `${gosettiUrl}/Api/PaySafeCardTransactionCreate.php`;
  return postAsShop(url, "application/json", JSON.stringify(fields));
}
