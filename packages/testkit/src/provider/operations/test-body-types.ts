import assert from "node:assert/strict";
import { each } from "../fixtures/recorded-callbacks.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import type { Subject } from "../subject.ts";
import { everyOperation, performEach } from "./every-operation.ts";

/** Tests the header by which a gateway knows how to read a body. */
export function testBodyTypes(subject: Subject): void {
  if (everyOperation(subject).length === 0) return;
  subject.check("says the type of each body that it sends", async () => {
    await each(await performEach(subject), ({ requests }) => {
      for (const request of requests) assertTyped(request);
    });
  });
}

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
