import { describe, expect, it } from "@jest/globals";
import type { AnyPay } from "@pay/core";
import { type ConsoleDoor, demoConsole } from "./console.ts";

const SHOP = "http://127.0.0.1:3000";
const pay = {} as AnyPay;
/** Answers who is at the console, as it was told. */
const stub: ConsoleDoor = {
  createConsole: (_pay, { authorize, basePath }) => ({
    fetch: async (request) => Response.json({ basePath, operator: authorize(request)?.name ?? null }),
  }),
};

describe("the demo's console", () => {
  it("is mounted under its path, open to whoever is on this machine", async () => {
    const answer = await demoConsole(pay, SHOP, stub)?.fetch(new Request(`${SHOP}/console/`));
    expect(await answer?.json()).toEqual({ basePath: "/console", operator: "demo" });
  });

  it("knows nobody under a name that a web page bound to this machine", async () => {
    const answer = await demoConsole(pay, SHOP, stub)?.fetch(new Request("http://evil.example:3000/console/"));
    expect(await answer?.json()).toMatchObject({ operator: null });
  });

  it("is none where the package has none", () => {
    expect(demoConsole(pay, SHOP, {})).toBeUndefined();
  });
});
