import { describe, expect, it } from "@jest/globals";
import type { ProviderFixtures } from "../fixtures/provider-fixtures.ts";
import type { Subject } from "../subject.ts";
import { assertAddressHidesSecrets } from "./find-leaks.ts";

const request = (target: string) => ({ method: "POST", target, headers: {}, body: "api key 1" });
const look = (target: string, secretsInAddress?: readonly string[]) => () => {
  const fixtures = { secrets: ["api key 1"], callbacks: {}, ...(secretsInAddress && { secretsInAddress }) };
  assertAddressHidesSecrets({ fixtures: fixtures as unknown as ProviderFixtures } as Subject, request(target));
};

describe("a key in a request's address", () => {
  it.each(["/pay?key=api+key+1", "/pay?key=api%20key%201", "/api%20key%201/pay", "/pay?auth=shop:api+key+1"])(
    "is noticed in %s",
    (target) => expect(look(target)).toThrow("secretsInAddress"),
  );

  it("may stand where the document wants it, and nowhere else", () => {
    expect(look("/pay?key=api+key+1", ["key"])).not.toThrow();
    expect(look("/api%20key%201/pay", ["the path"])).not.toThrow();
    expect(look("/pay?key=api+key+1&k=api+key+1", ["key"])).toThrow("k of the address");
  });

  it("may stand in the body", () => expect(look("/pay")).not.toThrow());
});
