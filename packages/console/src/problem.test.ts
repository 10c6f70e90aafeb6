import { describe, expect, it } from "@jest/globals";
import { PayError, type PayErrorCode } from "@pay/core";
import { statusOf } from "./problem.ts";

describe("the status of an error", () => {
  it.each<[PayErrorCode, number]>([
    ["ALREADY_SUCCEEDED", 409],
    ["REVIEW_CLOSED", 409],
    ["OUTCOME_UNKNOWN", 409],
    ["INVALID_AMOUNT", 400],
    ["NOT_FOUND", 404],
    ["STORE_UNAVAILABLE", 503],
    ["INVALID_CONFIG", 500],
  ])("%s is %i: 5xx only where the shop is at fault", (code, status) => {
    expect(statusOf(new PayError(code, "x"))).toBe(status);
  });
});
