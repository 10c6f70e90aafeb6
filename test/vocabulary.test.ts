import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

/** The glossary lists the retired words, and so does this test. */
const EXEMPT: ReadonlySet<string> = new Set(["docs/glossary.md", "test/vocabulary.test.ts"]);

type Retired = readonly (readonly [word: RegExp, now: string])[];

/**
 * Words that the project used before, and the word of docs/glossary.md that stands for each. One concept has one name. The test
 * finds them in sentences and inside identifiers.
 */
const WORDS: Retired = [
  [/\bsettl(?:e[sd]?|ements?|ing)\b/i, "record, recordFact, or store.update"],
  [/\breconcil/i, "refreshFromProvider, or a status check"],
  [/\bhearsay\b/i, "a callback without proof"],
  [/\bunauthenticated callbacks?\b/i, "a callback without proof (by design), or a refused callback"],
  [/\borphan/i, "an unmatched notification"],
  [/\btwins?\b/i, "a duplicate"],
  [/\bunmapped\b/i, "unrecognized"],
  [/\bforeseen\b/i, "expected, optimistic"],
  [/\brefs?\b(?!=)/i, "providerReference, refundProviderReference"],
  [/\breceptions?\b/i, "ParsedCallback"],
  [/\bobserv(?:ations?|ed)\b/i, "StatusReport, reported"],
  [/\bconclu(?:de[sd]?|sions?)\b/i, "finishDelivery, finishStatusCheck"],
  [/\bovertak(?:en?|es|ing)\b/i, "superseded"],
  [/\bpatrol/i, "the sweep"],
];

/** Retired names and phrases, which the test finds exactly as they stand here. */
const NAMES: Retired = [
  [/\basked?AtOnce\b/i, "verifyNow"],
  [/\bguess(?:es|ed)? at what will be found\b/i, "expected, optimistic"],
  [/\brefundReference\b|\breferenceOf\b|readonly reference\b/, "merchantReference, refundMerchantReference"],
  [/\bpayment\.account\b|readonly account\b|\baccount: "/, "merchantAccount"],
  [/\b[iI]nstance names?\b|\bInstanceOf\b|\bInstanceThatCan\b|readonly instance\b/, "providerName"],
  [/\bHeardFact\b|\bHeard\b/, "CallbackFact, PaymentCallback"],
  [/readonly raw\b/, "providerStatus"],
  [/readonly came\b/, "receivedAmount"],
  [/\bAskFact\b|\b(?:lease|finish|conclude)Asks?\b|\baskedAs\b|kind: "ask"/, "StatusCheck, check_status, requestedAs"],
  [/\bdeliverWithin\b|\bnextDelivery\b/i, "deliverInTransaction, nextDeliveryAt"],
  [/\bopenAccounts\b|\bOpenAccount\b/, "openPaymentsByAccount"],
  [/\bonExchange\b|\bexchangeLog\b|readonly took\b/, "onHttpExchange, httpExchangeLog, durationMs"],
  [/\bRefundCall\b|\bDeliveryRow\b|\bPlainRequest\b/, "RefundRequest, DeliveryStatus, RawRequest"],
  [/\bexpiresAfter\b|\bcreateTimeout\b/, "expiresAfterSeconds, createTimeoutMs"],
  [/\/go\//, "/redirect/"],
  [/\btold of\b|\bhears? of\b|\b(?:came|became) of\b|\bhas nobody\b|\bis none of\b|\bwhoever\b/i, "plain words"],
];

/** Names of others that contain a retired word. */
const FOREIGN =
  /\ballSettled\b|\bPromiseSettledResult\b|\$ref\b|\brefs\/(?:heads|tags)\b|\bref[XY]\b|\{ ref: (?:true|false) \}|"ref", "reference"/g;

const FILES = globSync(
  [
    "packages/*/src/**/*.ts",
    "packages/*/{test,broken-adapters}/**/*.ts",
    "packages/*/{sql,templates}/**/*.{sql,ts,md}",
    "packages/*/README.md",
    "examples/adapters/*/{src,test}/*.ts",
    "{test,scripts,bench}/**/*.ts",
    "{docs/**/*,README,CONTRIBUTING,examples/adapters/**/README}.md",
  ],
  { cwd: ROOT },
).filter((file) => !EXEMPT.has(file) && !file.includes("node_modules"));

/** `paymentByRef` as `payment By Ref`, `ITS_REF` as `ITS REF`. */
function splitIdentifiers(line: string): string {
  return line
    .replaceAll("_", " ")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2");
}

function retiredIn(text: string): readonly string[] {
  return text.split("\n").flatMap((original, at) => {
    const line = original.replace(FOREIGN, "");
    const words = splitIdentifiers(line);
    const found = [
      ...NAMES.map(([name, now]) => [name.exec(line)?.[0], now] as const),
      ...WORDS.map(([word, now]) => [word.exec(words)?.[0], now] as const),
    ];
    return found.flatMap(([word, now]) => (word === undefined ? [] : [`${at + 1}: ${word} → ${now}`]));
  });
}

describe("the vocabulary", () => {
  it("looks through sources, tests, scripts, SQL and documents", () => {
    for (const part of [
      "packages/core/src/",
      "packages/core/src/pay.test.ts",
      "packages/postgres/test/",
      "packages/postgres/sql/",
      "test/",
      "scripts/",
      "bench/",
      "docs/",
      "README.md",
    ]) {
      expect(FILES.some((file) => file.startsWith(part))).toBe(true);
    }
  });

  it.each([
    "/** Settles a payment. */",
    "const twin = found.orphan;",
    "paymentByRef(account, ref)",
    "it is told of each refund",
    "const unlessTwin = isOvertaken;",
    "const ITS_REF = sameRef;",
    "const patrolSeconds = 5;",
  ])("knows a retired word: %s", (line) => {
    expect(retiredIn(line)).not.toEqual([]);
  });

  it.each(["Promise.allSettled(steps)", '<a href="/x">', "a reference to a type", "readonly rawBody: Uint8Array"])(
    "lets pass: %s",
    (line) => {
      expect(retiredIn(line)).toEqual([]);
    },
  );

  it.each(FILES)("has no retired word in %s", (file) => {
    expect(retiredIn(readFileSync(join(ROOT, file), "utf8"))).toEqual([]);
  });
});
