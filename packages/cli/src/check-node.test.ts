import { describe, expect, it } from "@jest/globals";
import { nodeProblem } from "./check-node.ts";

describe("pay", () => {
  it.each(["22.18.0", "22.23.3", "24.0.0", "24.21.0", "26.1.0", "100.0.0"])("runs on Node.js %s", (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });

  it.each(["18.20.8", "20.20.2", "21.7.3", "22.2.0", "22.17.1"])(
    "says in one sentence that %s is too old",
    (version) => {
      expect(nodeProblem(version)).toBe(
        `pay runs on Node.js 22.18 or newer, and this is ${version}: install a current Node.js 24.`,
      );
    },
  );
});
