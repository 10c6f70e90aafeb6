import { DEMO_SELLLY_SHOP, type Simulator } from "../src/index.ts";

/** The documented create request of GOSetti.pl, with fields changed, or left out when undefined. */
export function postGosetti(simulator: Simulator, changes: Record<string, unknown> = {}): Promise<Response> {
  const fields = { UserId: 7, ClientIp: "192.0.2.1", Amount: 19.99, CallbackUrl: "http://127.0.0.1:9/cb", ...changes };
  return fetch(`${simulator.gosettiUrl}/Api/PaySafeCardTransactionCreate.php`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
}

export async function createGosetti(simulator: Simulator, changes: Record<string, unknown> = {}): Promise<string> {
  const reply = (await (await postGosetti(simulator, changes)).json()) as { PaySafeCardTransactionId: string };
  return reply.PaySafeCardTransactionId;
}

/** The documented curl example of Sellly, with fields changed, or left out when undefined. */
export function postSellly(simulator: Simulator, changes: Record<string, string | undefined> = {}): Promise<Response> {
  const fields: Record<string, string | undefined> = {
    shop_id: DEMO_SELLLY_SHOP.shopId,
    secret_key: DEMO_SELLLY_SHOP.secretKey,
    operator: "cashbill",
    currency_code: "PLN",
    price: "1.23",
    language_code: "pl",
    buyer_email: "test@test.pl",
    ip: "192.0.2.1",
    ...changes,
  };
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return fetch(`${simulator.selllyUrl}/pay`, { method: "POST", body: new URLSearchParams(given) });
}

export async function createSellly(
  simulator: Simulator,
  changes: Record<string, string | undefined> = {},
): Promise<string> {
  const reply = (await (await postSellly(simulator, changes)).json()) as { id: string };
  return reply.id;
}

/** Presses a button on the payment page, as a browser does. */
export function press(pageUrl: string, action: string, more: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ action, ...more });
  const origin = new URL(pageUrl).origin;
  return fetch(pageUrl, { method: "POST", body, redirect: "manual", headers: { origin } });
}
