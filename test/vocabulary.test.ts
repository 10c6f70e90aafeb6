import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

/** Words that the project used before, and the word of docs/glossary.md that stands for each. One concept has one name. */
const RETIRED: readonly (readonly [word: RegExp, now: string])[] = [
  [/(?<!all)settle(?:s|d|ment|ments)?\b|\bSettle|\bsettling\b/i, "record, recordFact, or store.update"],
  [/\breconcil/i, "refreshFromProvider, or a status check"],
  [/\bhearsay\b|\basked?AtOnce\b/i, "a callback without proof, verifyNow"],
  [/\bunauthenticated callbacks?\b/i, "a callback without proof (by design), or a refused callback"],
  [/\borphan/i, "an unmatched notification"],
  [/\btwins?\b/i, "a duplicate"],
  [/\bunmapped\b/i, "unrecognized"],
  [/\bforeseen\b|\bguess(?:es|ed)? at what will be found\b/i, "expected, optimistic"],
  [/\brefs?\b(?!=)|\b[pP]roviderRef\b|\brefundRef\b|\brefOwner\b/, "providerReference, refundProviderReference"],
  [/\brefundReference\b|\breferenceOf\b|readonly reference\b/, "merchantReference, refundMerchantReference"],
  [/\bpayment\.account\b|readonly account\b|\baccount: "/, "merchantAccount"],
  [/\b[iI]nstance names?\b|\bInstanceOf\b|\bInstanceThatCan\b|readonly instance\b/, "providerName"],
  [/\breceptions?\b/i, "ParsedCallback"],
  [/\bHeardFact\b|\bHeard\b/, "CallbackFact, PaymentCallback"],
  [/\bObservation\b|\bobserved\b/, "StatusReport, reported"],
  [/readonly raw\b/, "providerStatus"],
  [/readonly came\b/, "receivedAmount"],
  [/\bAskFact\b|\b(?:lease|conclude)Asks?\b|\baskedAs\b|kind: "ask"/, "StatusCheck, check_status, requestedAs"],
  [
    /\bconclude[sd]?\b|\bConclusion\b|\bdeliverWithin\b|\bnextDelivery\b/i,
    "finishDelivery, deliverInTransaction, nextDeliveryAt",
  ],
  [/\bopenAccounts\b|\bOpenAccount\b/, "openPaymentsByAccount"],
  [/\bonExchange\b|\bexchangeLog\b|readonly took\b/, "onHttpExchange, httpExchangeLog, durationMs"],
  [/\bRefundCall\b|\bDeliveryRow\b|\bPlainRequest\b/, "RefundRequest, DeliveryStatus, RawRequest"],
  [/\bexpiresAfter\b|\bcreateTimeout\b/, "expiresAfterSeconds, createTimeoutMs"],
  [/\bovertake|\bovertaken/i, "superseded"],
  [/\/go\//, "/redirect/"],
  [/\btold of\b|\bhears? of\b|\b(?:came|became) of\b|\bhas nobody\b|\bis none of\b|\bwhoever\b/i, "plain words"],
];

const FILES = [
  ...globSync("packages/*/src/**/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts")),
  ...globSync("packages/*/{sql,templates}/**/*.{sql,ts,md}", { cwd: ROOT }),
  ...globSync("packages/*/README.md", { cwd: ROOT }),
  ...globSync("examples/adapters/*/src/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts")),
  ...globSync("{docs/**/*,README,CONTRIBUTING,examples/adapters/**/README}.md", { cwd: ROOT }),
].filter((file) => file !== "docs/glossary.md" && !file.includes("node_modules"));

function retiredIn(text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, at) =>
      RETIRED.filter(([word]) => word.test(line)).map(([word, now]) => `${at + 1}: ${word.exec(line)?.[0]} → ${now}`),
    );
}

describe("the vocabulary", () => {
  it("looks through sources, SQL and documents", () => {
    for (const part of ["packages/core/src/", "packages/postgres/sql/", "docs/", "README.md"]) {
      expect(FILES.some((file) => file.startsWith(part))).toBe(true);
    }
  });

  it.each([
    "/** Settles a payment. */",
    "const twin = found.orphan;",
    "paymentByRef(account, ref)",
    "it is told of each refund",
  ])("knows a retired word: %s", (line) => {
    expect(retiredIn(line)).not.toEqual([]);
  });

  it.each(["Promise.allSettled(steps)", '<a href="/x">', "a reference to a type"])("lets pass: %s", (line) => {
    expect(retiredIn(line)).toEqual([]);
  });

  it.each(FILES)("has no retired word in %s", (file) => {
    expect(retiredIn(readFileSync(join(ROOT, file), "utf8"))).toEqual([]);
  });
});
