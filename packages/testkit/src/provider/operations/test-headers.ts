import assert from "node:assert/strict";
import { each } from "../fixtures/recorded-callbacks.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import type { Subject } from "../subject.ts";
import { everyOperation, performEach } from "./every-operation.ts";

/** Tests the headers by which a gateway knows who sends a request and how to read it. */
export function testHeaders(subject: Subject): void {
  if (everyOperation(subject).length === 0) return;
  const { check, fixtures } = subject;

  check("says the type of each body that it sends", async () => {
    await each(await performEach(subject), ({ requests }) => {
      for (const request of requests) assertTyped(request);
    });
  });

  check("authenticates its requests with the credentials of its options", async () => {
    const expected = expectedAuthorization(fixtures.authorization);
    await each(await performEach(subject), ({ requests }) => {
      const sent = requests.flatMap(({ headers }) => headers.authorization ?? []);
      const fixed = sent.filter((value) => /^(?:Basic|Bearer) /i.test(value));
      if (expected === undefined) {
        // The value may be a secret, so no message repeats it.
        return assert.equal(
          fixed.length,
          0,
          "a request carries credentials; add them to `authorization` of the fixtures",
        );
      }
      assert.ok(
        sent.includes(expected),
        "a request carries the header authorization as the fixtures say; for basic authentication that is the Base64 of user:password",
      );
      for (const value of fixed) {
        if (schemeOf(value) === schemeOf(expected))
          assert.ok(value === expected, "each request carries those credentials");
      }
    });
  });
}

/** RFC 7617: the Base64 of the UTF-8 of user, colon, password. */
function expectedAuthorization(authorization: Subject["fixtures"]["authorization"]): string | undefined {
  if (authorization === undefined || typeof authorization === "string") return authorization;
  const { password, user } = authorization;
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

const schemeOf = (value: string) => value.split(" ")[0]?.toLowerCase();

function assertTyped({ body, headers, method }: WireRequest): void {
  if (body === "") return;
  const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(";");
  assert.notEqual(
    type.trim(),
    "",
    `the ${method} has a body and no content-type; send() adds none, so the adapter sets it`,
  );
  const fitting = fittingType(body);
  if (fitting === undefined) return;
  assert.ok(
    fitting.test(type.trim()),
    `a body that begins with ${body.slice(0, 1)} is not ${type}; set the content-type that the document names`,
  );
}

function fittingType(body: string): RegExp | undefined {
  if (/^\s*[{[]/.test(body)) return /^application\/(?:[\w.-]+\+)?json$/;
  if (/^\s*</.test(body)) return /^(?:text|application)\/(?:[\w.-]+\+)?xml$/;
  if (/^[\w.[\]%+-]+=[^\s]*$/.test(body)) return /^application\/x-www-form-urlencoded$/;
  return /^--/.test(body) ? /^multipart\/form-data$/ : undefined;
}
