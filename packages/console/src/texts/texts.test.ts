import { describe, expect, it } from "@jest/globals";
import { PAYMENT_STATES } from "@pay/core/internal";
import { chooseLanguage } from "../language.ts";
import { EN } from "./en.ts";
import { PL } from "./pl.ts";

/** Every text by its path. */
function leaves(texts: object, path = ""): readonly (readonly [string, string])[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as const] : leaves(value, `${path}${key}.`),
  );
}
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe("the texts", () => {
  const [english, polish] = [new Map(leaves(EN)), new Map(leaves(PL))];

  it("are complete in both languages, and fill in the same", () => {
    expect([...polish.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, text] of english) {
      const other = polish.get(path) ?? "";
      expect([path, other.trim() === ""]).toEqual([path, false]);
      expect([path, placeholders(other)]).toEqual([path, placeholders(text)]);
    }
  });

  it("differ, but for names", () => {
    const same = [...english].filter(([path, text]) => polish.get(path) === text).map(([path]) => path);
    expect(same).toEqual(["words.adapter", "words.pay"]);
  });

  it("name every state", () => {
    expect(Object.keys(EN.states).sort()).toEqual([...PAYMENT_STATES].sort());
  });
});

describe("the language", () => {
  it.each([
    ["pl", "en", "pl"],
    [undefined, "pl-PL,pl;q=0.9,en;q=0.8", "pl"],
    [undefined, "en;q=0.5,pl;q=0.9", "pl"],
    [undefined, "pl;q=0, de", "en"],
    ["de", undefined, "en"],
  ])("of %p and Accept-Language %p is %s", (asked, accepted, language) => {
    expect(chooseLanguage(asked, accepted)).toBe(language);
  });
});
