import { describe, expect, it } from "@jest/globals";
import { chooseLanguage, isLanguage, LANGUAGE_TAGS, LANGUAGES } from "./language.ts";

describe("the language of a page", () => {
  it.each([
    ["pl", "en", "pl"],
    [undefined, "pl-PL,pl;q=0.9,en;q=0.8", "pl"],
    [undefined, "en;q=0.5,pl;q=0.9", "pl"],
    [undefined, "en;q=0.9 , pl;q=0.9", "en"],
    [undefined, "PL", "pl"],
    [undefined, "pl ; Q=0.1, en ; q=0.2", "en"],
    [undefined, "pl;q=0, de", "en"],
    [undefined, "pl;q=much", "en"],
    // Plautdietsch, and the German of Poland: neither is Polish.
    [undefined, "pdt, de-PL, enm", "en"],
    [undefined, "*", "en"],
    [undefined, "", "en"],
    ["PL", undefined, "en"],
    ["de", undefined, "en"],
    ["toString", null, "en"],
    [null, undefined, "en"],
  ])("requested as %p with Accept-Language %p is %s", (requested, acceptLanguage, language) => {
    expect(chooseLanguage({ requested, acceptLanguage })).toBe(language);
  });

  it("is the stored one before the browser's, and after the one that was requested", () => {
    expect(chooseLanguage({ preset: "pl", acceptLanguage: "en" })).toBe("pl");
    expect(chooseLanguage({ requested: "en", preset: "pl" })).toBe("en");
  });

  it("is the page's own fallback if nothing else names one", () => {
    expect(chooseLanguage({ acceptLanguage: "de", fallback: "pl" })).toBe("pl");
    expect(chooseLanguage({ acceptLanguage: "en", fallback: "pl" })).toBe("en");
  });
});

it("every tag is a language with a locale that Intl knows", () => {
  expect(LANGUAGE_TAGS).toEqual(Object.keys(LANGUAGES));
  for (const tag of LANGUAGE_TAGS) {
    expect(isLanguage(tag)).toBe(true);
    expect(Intl.NumberFormat.supportedLocalesOf(LANGUAGES[tag].locale)).toEqual([LANGUAGES[tag].locale]);
    expect(LANGUAGES[tag].locale.split("-")[0]).toBe(tag);
  }
});
