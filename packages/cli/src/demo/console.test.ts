import { describe, expect, it } from "@jest/globals";
import { createPay, httpExchangeLog, memoryStore } from "@pay/core";
import { fakeProvider } from "@pay/core/testing";
import { demoConsole } from "./console.ts";

const SHOP = "http://127.0.0.1:3000";
const pay = createPay({
  providers: { cards: fakeProvider() },
  store: memoryStore(),
  baseUrl: `${SHOP}/pay`,
  secret: "a secret of the tests, long enough to be one",
});

describe("the demo's console", () => {
  it.each([
    ["is open to visitors on this machine", SHOP, 200],
    ["knows nobody under a name that a web page bound to this machine", "http://evil.example:3000", 401],
  ])("%s", async (_, origin, status) => {
    const answer = await demoConsole(pay, SHOP, httpExchangeLog()).fetch(new Request(`${origin}/console/style.css`));
    expect(answer.status).toBe(status);
  });
});
