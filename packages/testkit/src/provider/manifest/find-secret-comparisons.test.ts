import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import { comparedSecrets } from "./find-secret-comparisons.ts";

describe("a secret that is compared by an equals sign", () => {
  it.each([
    "one === signature",
    "secret == given",
    "if (options.secretKey !== given) return;",
    "given === settings.apiKey!",
    'request.headers.get("x-signature") === expected',
    'expected !== form.get("sign")',
    'hmac("sha256", key, request.rawBody) === given',
    "signatures[0] === given",
    "someVeryLongSignature ===\n  other",
    "HASH === expected",
    "/* in constant time */ token === given",
  ])("is found in %s", (source) => {
    assert.equal(comparedSecrets(source).length, 1);
  });

  it.each([
    'typeof secretKey === "string"',
    'typeof x.secretKey === "string" ? [x.secretKey] : x.secretKey',
    "signature === undefined",
    "undefined !== options.secret",
    'token === ""',
    "secret.length === 32",
    "secret.length !== other.length",
    "assignee === designer",
    "parse(token).status === status",
    "// secret === given",
    " * secret === given",
    "const secret = given",
    "(signature) => secretsEqual(signature, given)",
  ])("is not what stands in %s", (source) => {
    assert.deepEqual(comparedSecrets(source), []);
  });

  it("is looked for in no time, however long a line is", () => {
    // Its own work, not that of what runs beside it.
    const started = process.cpuUsage();
    for (const piece of ["secret", "a ", "(", "secret.", "/*", "=== "]) comparedSecrets(piece.repeat(50_000));
    assert.ok(process.cpuUsage(started).user / 1000 < 2000);
  });
});
