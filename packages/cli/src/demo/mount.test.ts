import { expect, it } from "@jest/globals";
import { mountOf } from "./mount.ts";

it.each([
  ["/pay/callbacks/cards?id=1", "Pay"],
  ["/console", "the console"],
  ["/console?lang=pl", "the console"],
  ["/console/payments/pay_1", "the console"],
  ["/consoles", "the shop"],
  ["/", "the shop"],
  ["/orders/demo-1/pay", "the shop"],
  ["*", "the shop"],
  [undefined, "the shop"],
])("a request for %s goes to %s", (url, listener) => {
  expect(mountOf(url, { "/pay": "Pay", "/console": "the console" }, "the shop")).toBe(listener);
});
