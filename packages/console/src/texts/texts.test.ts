import { describe, expect, it } from "@jest/globals";
import { PAYMENT_STATES } from "@pay/core/internal";
import { LANGUAGE_TAGS, type Language } from "@pay/i18n";
import { TEXTS } from "./index.ts";

/** Every text by its path. */
function leaves(texts: object, path = ""): readonly (readonly [string, string])[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as const] : leaves(value, `${path}${key}.`),
  );
}
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
const textsIn = (language: Language) => new Map(leaves(TEXTS[language]));

const english = textsIn("en");
const others = LANGUAGE_TAGS.filter((language) => language !== "en");

describe("the texts", () => {
  it.each(others)("are complete in %s, with the placeholders that English has", (language) => {
    const texts = textsIn(language);
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, text] of english) {
      const other = texts.get(path) ?? "";
      expect([path, other.trim() === ""]).toEqual([path, false]);
      expect([path, placeholders(other)]).toEqual([path, placeholders(text)]);
    }
  });

  it("differ in Polish, except names", () => {
    const polish = textsIn("pl");
    const same = [...english].filter(([path, text]) => polish.get(path) === text).map(([path]) => path);
    expect(same).toEqual(["words.adapter", "words.pay"]);
  });

  it("name every state", () => {
    expect(Object.keys(TEXTS.en.states).sort()).toEqual([...PAYMENT_STATES].sort());
  });
});
