import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { Call, CreateRequest } from "@pay/core/adapter";
import { createCall } from "@pay/core/adapter";
import nock from "nock";
import { PAYMENT_ID } from "./callback.ts";

export const CREATE = "/Api/PaySafeCardTransactionCreate.php";
export const CREATED = { PaySafeCardTransactionId: "psc-1", RedirectUrl: "https://customer.paysafecard.com/pay/1" };

export function createRequest(change: Partial<CreateRequest<never>> = {}): CreateRequest<never> {
  return {
    paymentId: PAYMENT_ID,
    merchantReference: PAYMENT_ID.slice(4),
    amount: { value: 1999, currency: "PLN" },
    description: "VIP, 30 days",
    buyer: { ip: "203.0.113.7" },
    callbackUrl: "https://shop.example/pay/callbacks/psc/pay_1/k.mac",
    returnUrl: { success: "https://shop.example/thanks", failure: "https://shop.example/sorry" },
    options: undefined,
    ...change,
  };
}

export function newCall(): Call {
  return createCall(AbortSignal.timeout(5000));
}

/** The address of a port nobody listens on. */
export async function closedPort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

export interface Sent {
  body: string;
  contentType: string | null;
}

/** Answers the next create, and keeps exactly what was sent. */
export function answer(status: number, body: string | object, base = "https://gosetti.pl"): Sent {
  const sent: Sent = { body: "", contentType: null };
  const scope = nock(base).post(CREATE).reply(status, body);
  scope.on("request", (request: Request, _interceptor: unknown, raw: string) => {
    sent.body = raw;
    sent.contentType = request.headers.get("content-type");
  });
  return sent;
}
