import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { callbackRequest } from "@pay/core/testing";
import { templateGateway } from "../../templates/adapter/shared/src/template-gateway.ts";

const KEY = "notification-key-1";
const provider = templateGateway({ shopId: "SHOP1", apiKey: "api-key-1", notificationKey: KEY });

function receive(amount: string, currency = "PLN") {
  const body = JSON.stringify({ id: "T-1", reference: "R-1", status: "PAID", amount, currency });
  const headers = { "x-signature": createHmac("sha256", KEY).update(body).digest("hex") };
  return provider.receive(callbackRequest({ method: "POST", headers, body }), {} as never);
}

describe("the adapter that the template makes", () => {
  it.each([
    ["100,00", "PLN"],
    ["99.999999999973", "PLN"],
    ["1 00.00", "PLN"],
    ["", "PLN"],
    ["100.00", "ZŁ"],
  ])("shows a person a genuine notification whose amount is %p %s: refused, it would be lost", (amount, currency) => {
    expect(receive(amount, currency)).toEqual({
      kind: "notification",
      about: { merchantReference: "R-1" },
      providerReference: "T-1",
      reported: { status: "unrecognized", providerStatus: `PAID ${amount} ${currency}` },
    });
  });

  it("reports the amount that it can read", () => {
    const reported = { status: "succeeded", amount: { value: 10_000, currency: "PLN" }, providerStatus: "PAID" };
    expect(receive("100.00")).toMatchObject({ reported });
  });
});
