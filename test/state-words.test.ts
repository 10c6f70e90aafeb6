import { describe, expect, it } from "@jest/globals";
import { TEXTS as SHOP_TEXTS } from "../packages/cli/src/demo/texts/index.ts";
import { TEXTS as CONSOLE_TEXTS } from "../packages/console/src/texts/index.ts";

describe("a state of a payment", () => {
  it.each(["pl", "en"] as const)("has the same name in the demo's shop and in the console: %s", (language) => {
    expect(SHOP_TEXTS[language].states).toEqual(CONSOLE_TEXTS[language].states);
  });
});
