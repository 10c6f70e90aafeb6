import { createPay } from "@pay/core";
import type { PaymentStore } from "@pay/core/store";
import { goSettiPsc } from "@pay/gosetti-psc";
import { createPayServer } from "@pay/node";
import { sellly } from "@pay/sellly";
import { listening } from "../harness/listening.ts";
import { PSC, SECRET, SELLLY } from "../seed/records.ts";

/** Pay as a shop runs it, with both gateways, its own server and logger, and an empty handler. */
export async function servePay(store: PaymentStore, deliver: () => void = () => {}) {
  const pay = createPay({
    providers: { cards: sellly(SELLLY), psc: goSettiPsc(PSC) },
    store,
    baseUrl: "https://shop.example/pay",
    secret: SECRET,
  });
  pay.on("payment.succeeded", "deliver", deliver);
  await pay.start();
  return listening(createPayServer(pay), () => pay.close());
}
