import { expect, it } from "@jest/globals";
import { createMasking } from "./mask.ts";
import { maskedExchange } from "./mask-exchange.ts";
import { isPrivateName } from "./private-names.ts";

const KEYS = Array.from({ length: 60 }, (_, at) => `key=v${at}abcd`);

/** Masks a callback, and counts how often its texts are searched for those that are known to be private. */
function searchesOf(url: string, body: string): number {
  const { isPrivate, known } = createMasking((name) => isPrivateName(name, new Set()));
  let searches = 0;
  const counted: typeof known = {
    ...known,
    find(texts) {
      searches += 1;
      return known.find(texts);
    },
  };
  const raw = { startedAt: 0, durationMs: 0, providerName: "cards", direction: "from_gateway" as const };
  const exchange = { ...raw, request: { method: "POST", url, body }, response: { status: 401, body: "NO" } };
  maskedExchange(exchange, { isPrivate, known: counted });
  return searches;
}

it.each<[string, string, string]>([
  ["a form", "", [...KEYS, ...new Array(3000).fill("a=b")].join("&")],
  ["an address", `?${[...KEYS, ...new Array(3000).fill("a=b")].join("&")}`, ""],
  ["a list of texts", "", JSON.stringify([{ key: "v1abcd" }, ...new Array(3000).fill("a")])],
  ["a list of numbers", "", JSON.stringify([{ key: "v1abcd" }, ...new Array(3000).fill(123)])],
  ["a text that is encoded several times", "", `key=v1abcd&a=${"%2525252561".repeat(1000)}`],
])("the parts of an exchange are searched once each, although %s has thousands of fields", (_, query, body) => {
  expect(searchesOf(`https://shop.example/pay/callbacks/cards${query}`, body)).toBeLessThanOrEqual(3);
});

it.each([
  ["before", '{"note":"v1abcd","more":[12345],"key":"v1abcd","pin":12345}'],
  ["after", '{"key":"v1abcd","pin":12345,"note":"v1abcd","more":[12345]}'],
])("what is private in one part is private %s it too, and a number is masked whole", (_, body) => {
  const masking = createMasking((name) => isPrivateName(name, new Set()));
  const raw = { startedAt: 0, durationMs: 0, providerName: "cards", direction: "from_gateway" as const };
  const { request } = maskedExchange(
    { ...raw, request: { method: "POST", url: "https://shop.example/?x=v1abcd&y=12345", body } },
    masking,
  );
  expect(request).toEqual({
    method: "POST",
    url: "https://shop.example/?x=•••&y=•••",
    body: body.replaceAll("v1abcd", "•••").replaceAll("12345", '"•••"'),
  });
});

it("a text that would join two others hides neither", () => {
  const masking = createMasking((name) => isPrivateName(name, new Set()));
  const raw = { startedAt: 0, durationMs: 0, providerName: "cards", direction: "from_gateway" as const };
  const body = '{"key":"x\\uffffsec","pin":"secret","a":["x","secret"]}';
  const { request } = maskedExchange(
    { ...raw, request: { method: "POST", url: "https://shop.example/", body } },
    masking,
  );
  expect(request.body).toBe(`[JSON, ${body.length} bytes]`);
});
