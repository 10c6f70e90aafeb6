import { describe, expect, it } from "@jest/globals";
import { readName } from "./name.ts";
import { namesIn, readTemplate } from "./template.ts";

const TAKEN = namesIn(readTemplate("alone"));
const read = (name: string) => readName(name, TAKEN);

describe("a new adapter's name", () => {
  it.each([
    ["my-gateway", "my-gateway", "my-gateway", "myGateway", "MyGateway"],
    ["@shop/pay-my-gateway", "pay-my-gateway", "my-gateway", "myGateway", "MyGateway"],
    ["pay-przelewy24", "pay-przelewy24", "przelewy24", "przelewy24", "Przelewy24"],
    ["payu", "payu", "payu", "payu", "Payu"],
    ["one-2-three", "one-2-three", "one-2-three", "one2Three", "One2Three"],
    [`pay-${"g".repeat(25)}`, `pay-${"g".repeat(25)}`, "g".repeat(25), "g".repeat(25), `G${"g".repeat(24)}`],
  ])("%s names the folder, the file, the factory and the types", (name, folder, gateway, factory, type) => {
    expect(read(name)).toEqual({ package: name, folder, gateway, factory, type });
  });

  it.each([
    ["upper case", "MyGateway", "lower case"],
    ["an upper case scope", "@Shop/my-gateway", "lower case"],
    ["a digit first", "24pay", "begin with a letter"],
    ["a digit after pay-", "pay-24", "letter after pay-"],
    ["nothing", "", "a package name such as"],
    ["nothing after pay-", "pay-", "a package name such as"],
    ["a path up", "../my-gateway", "a package name such as"],
    ["a path up in the scope", "@../my-gateway", "a package name such as"],
    ["a path up after the scope", "@shop/../my-gateway", "a package name such as"],
    ["an absolute path", "/tmp/my-gateway", "a package name such as"],
    ["a path with backslashes", "..\\my-gateway", "a package name such as"],
    ["a folder before it", "packages/my-gateway", "a package name such as"],
    ["dots", "..", "a package name such as"],
    ["a NUL", "my\0gateway", "a package name such as"],
    ["a line break", "my-gateway\n", "a package name such as"],
    ["two dashes", "my--gateway", "a package name such as"],
    ["a dash last", "my-gateway-", "a package name such as"],
    ["an underscore", "my_gateway", "a package name such as"],
    ["letters outside ASCII", "płatność", "a package name such as"],
    ["too much of it", "g".repeat(26), "at most 25 characters"],
    ["far too long a scope", `@${"s".repeat(210)}/my-gateway`, "a package name such as"],
    ["a reserved word", "class", "word of JavaScript"],
    ["a reserved word after pay-", "@shop/pay-new", "word of JavaScript"],
    ["a word only modules reserve", "await", "word of JavaScript"],
    ["a global", "fetch", "word of JavaScript"],
    ["what every object has", "to-string", "word of JavaScript"],
    ["a module of Node's", "http", "word of JavaScript"],
    ["the package's entry", "index", "already uses"],
    ["what the code imports", "parse-provider-reference", "already uses"],
    ["what the code imports as a whole", "pay-v", "already uses"],
    ["what the code declares", "refusal", "already uses"],
    ["what the tests import", "describe", "already uses"],
    ["what the fixtures declare", "fixtures", "already uses"],
    ["what the package exports", "adapter", "already uses"],
  ])("is refused with %s", (_, name, remedy) => {
    expect(() => read(name)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: "name", message: expect.stringContaining(remedy) }),
    );
  });
});
