import assert from "node:assert/strict";
import type { Credential } from "../fixtures/provider-fixtures.ts";
import { each } from "../fixtures/recorded-callbacks.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import type { Subject } from "../subject.ts";
import { leavesOf } from "../texts/request-fields.ts";
import { secretsOf } from "../texts/secrets.ts";
import { everyOperation, performEach } from "./every-operation.ts";

/** Tests that requests carry the credentials of the options, encoded as they have to be. No message repeats a value: it may be a secret. */
export function testCredentials(subject: Subject): void {
  if (everyOperation(subject).length === 0) return;
  const { credentials = {} } = subject.fixtures;
  subject.check("authenticates its requests with the credentials of its options", async () => {
    await each(await performEach(subject), ({ requests }) => {
      for (const [name, credential] of Object.entries(credentials)) {
        if (typeof credential === "function") assertSigned(requests, name, credential);
        else assertCarried(requests, name, credential);
      }
      for (const { name, path, text } of requests.flatMap(valuesIn)) {
        const isKnown = Object.keys(credentials).some((one) => isNamed({ name, path }, one));
        assert.ok(
          isKnown || !carriesKey(subject, text),
          `${name} carries a key; add it to credentials of the fixtures`,
        );
      }
    });
  });
}

interface Value {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** The headers and fields of a request. */
function valuesIn(request: WireRequest): readonly Value[] {
  const headers = Object.entries(request.headers).map(([name, text]) => ({ name, path: name, text }));
  return [...headers, ...leavesOf(request)];
}

function isNamed({ name, path }: Pick<Value, "name" | "path">, wanted: string): boolean {
  return name === wanted || path === wanted || name === wanted.toLowerCase();
}

const valuesOf = (request: WireRequest, name: string) =>
  valuesIn(request)
    .filter((value) => isNamed(value, name))
    .map(({ text }) => text);

function assertCarried(
  requests: readonly WireRequest[],
  name: string,
  credential: Exclude<Credential, (sent: WireRequest) => unknown>,
): void {
  const expected = typeof credential === "string" ? credential : basic(credential);
  const sent = requests.flatMap((request) => valuesOf(request, name));
  assert.ok(
    sent.includes(expected),
    `${name} holds what credentials says; for basic authentication that is the Base64 of user:password`,
  );
  // A token may be asked for in another scheme.
  const alike = sent.filter((value) => schemeOf(value) === schemeOf(expected));
  assert.ok(
    alike.every((value) => value === expected),
    `${name} holds the same in every request`,
  );
}

function assertSigned(
  requests: readonly WireRequest[],
  name: string,
  sign: (sent: WireRequest) => string | undefined,
): void {
  for (const request of requests) {
    const expected = sign(request);
    if (expected === undefined) continue;
    const isSigned = valuesOf(request, name).includes(expected);
    assert.ok(isSigned, `${name} of the ${request.method} is the signature that credentials makes of the request`);
  }
}

/** The names of the credentials of the fixtures that a request carries. */
export function credentialsIn({ fixtures }: Subject, request: WireRequest): readonly string[] {
  return Object.entries(fixtures.credentials ?? {}).flatMap(([name, credential]) => {
    const expected =
      typeof credential === "function"
        ? credential(request)
        : typeof credential === "string"
          ? credential
          : basic(credential);
    return expected !== undefined && valuesOf(request, name).includes(expected) ? [name] : [];
  });
}

/** RFC 7617: the Base64 of the UTF-8 of user, colon, password. */
function basic({ password, user }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

const schemeOf = (value: string) => (value.includes(" ") ? value.split(" ")[0]?.toLowerCase() : "");

function carriesKey(subject: Subject, text: string): boolean {
  return /^(?:Basic|Bearer) /i.test(text) || secretsOf(subject).some((secret) => text.includes(secret));
}
