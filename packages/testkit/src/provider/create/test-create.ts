import assert from "node:assert/strict";
import { type CreateRequest, type PaymentProvider, redirectAddress } from "@pay/core/adapter";
import { same } from "../../same.ts";
import type { CreateFixtures } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { echo } from "../gateway/echo.ts";
import { reply } from "../gateway/gateway.ts";
import { assertAddressHidesSecrets, assertTellsOnlyTheGateway } from "../operations/find-leaks.ts";
import { assertSaysNoId, nothingsIn, saysName } from "../operations/find-names.ts";
import { type Ending, type Operation, readsAnswers } from "../operations/operation.ts";
import { testRefusingWords } from "../operations/test-done.ts";
import { testFaults } from "../operations/test-faults.ts";
import { testNamesInBuyerAddresses } from "../operations/test-names-in-addresses.ts";
import { testOtherPayments } from "../operations/test-other-payments.ts";
import { testRenewedToken } from "../operations/test-renewed-token.ts";
import { testUndocumentedRefusals } from "../operations/test-undocumented-refusals.ts";
import {
  acceptedAs,
  CALLBACK_TOKEN,
  callbackUrl,
  createRequest,
  hasOwnAddresses,
  inTime,
  MERCHANT_REFERENCE,
  newCall,
  RETURN_HOST,
  RETURN_URL,
  type Subject,
  withAdapter,
} from "../subject.ts";
import { tells } from "../texts/request-fields.ts";
import { says } from "../texts/request-texts.ts";
import { assertHides, secretsOf } from "../texts/secrets.ts";
import { take } from "./take-payment.ts";
import { assertTime, testKeptNames } from "./test-kept-names.ts";
import { testReturnFields } from "./test-return-fields.ts";
import { testShopTexts } from "./test-shop-texts.ts";
import { testTimeZones } from "./test-time-zones.ts";

export function testCreate(subject: Subject): void {
  const { create } = subject.fixtures;
  if ("form" in create) testCreateByForm(subject, create);
  else if (create.accepted[0] !== undefined) testCreateByRequest(subject, create, create.accepted[0].answer);
  testRequest(subject);
  testReturnFields(subject);
  testShopTexts(subject);
  testBuyerAddress(subject);
}

type CreateByRequest = Extract<CreateFixtures, { accepted: unknown }>;

function createOf(request: (provider: PaymentProvider) => CreateRequest<unknown>): Operation["run"] {
  return (provider, call): Promise<Ending> => provider.create(request(provider), call);
}

/** For an adapter that sends the create to the gateway itself. */
function testCreateByRequest(
  subject: Subject,
  { accepted, refused, requests }: CreateByRequest,
  documented: WireAnswer,
): void {
  const { check } = subject;
  const name = "create";
  const run = createOf((provider) => createRequest(provider, requests[0]));

  check("create reads each documented answer as documented, from one request", async () => {
    for (const checkout of requests) {
      const answers = accepted.map(({ answer, gives }) => ({
        answer: echo(subject.fixtures, answer, requests[0].amount, checkout.amount),
        gives,
      }));
      const operation = { name, run: createOf((of) => createRequest(of, checkout)) } as const;
      await readsAnswers(subject, operation, "create.accepted", answers);
    }
  });

  if (refused.length > 0) {
    check("create reads each documented refusal as documented, from one request", () =>
      readsAnswers(subject, { name, run }, "create.refused", refused),
    );
  }

  const found = accepted.flatMap(({ answer, gives }) => {
    const { next } = acceptedAs(gives, "");
    const spelling = "url" in next ? spellings(next.url).find((text) => answer.body.includes(text)) : undefined;
    return spelling === undefined ? [] : [{ answer, spelling }];
  });
  if (found.length > 0) {
    check("create takes no address for the buyer that is not safe", async () => {
      for (const { answer, spelling } of found) {
        for (const address of UNSAFE) {
          const ending = await answered(subject, { ...answer, body: answer.body.replaceAll(spelling, address) }, run);
          assert.notEqual(ending.kind, "accepted", `${address} is no address for a buyer`);
        }
      }
    });
  }

  const operation = { name, run, documented, done: ["accepted"], refused } as const;
  testKeptNames(
    subject,
    operation,
    accepted.map(({ answer }) => answer),
  );
  testOtherPayments(
    subject,
    operation,
    accepted.map(({ answer }) => answer),
    { names: [MERCHANT_REFERENCE], amount: requests[0].amount },
  );
  testRefusingWords(subject, operation, accepted);
  testNamesInBuyerAddresses(subject, operation, accepted);
  testTimeZones(subject, operation, accepted);
  testRenewedToken(subject, operation);
  testUndocumentedRefusals(subject, operation);
  testFaults(subject, operation);
}

const UNSAFE = [
  "http://pay.example/1",
  "https://user:pass@pay.example/1",
  "//pay.example/1",
  "/pay/1",
  "javascript:alert(1)",
  "data:text/html,1",
  "",
];

/** The address in each encoding that an answer may use. */
function spellings(url: string): readonly string[] {
  return [url, url.replaceAll("/", "\\/"), encodeURIComponent(url), url.replaceAll("&", "&amp;")];
}

function answered(subject: Subject, answer: WireAnswer, run: Operation["run"]): Promise<Ending> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    (provider) => inTime(run(provider, newCall()), "create"),
  );
}

/** For an adapter that makes a form, which the buyer's browser posts to the gateway. */
function testCreateByForm(subject: Subject, { form, requests }: Extract<CreateFixtures, { form: unknown }>): void {
  subject.check("create makes the documented form, and sends nothing itself", async () => {
    for (const checkout of requests) {
      const { baseUrl, outcome, request, requests: sent } = await take(subject, checkout);
      same(outcome.next, form(request, baseUrl));
      assert.equal(sent.length, 0, "nothing is sent");
    }
  });
}

/** Tests what the request contains. */
function testRequest(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { callback, returnUrl } = provider.traits;
  const { requests } = fixtures.create;

  check("create sends the buyer's return address exactly if the traits say so", async () => {
    for (const checkout of requests) {
      const { sent } = await take(subject, checkout);
      if (returnUrl === "create") assert.ok(says(sent, RETURN_URL.success), "the return address is sent");
      else assert.ok(!says(sent, RETURN_HOST), "no return address is sent");
    }
  });

  check("create sends the name that callbacks use for the payment", async () => {
    const { outcome, sent } = await take(subject, requests[0]);
    switch (callback.correlation) {
      case "callback-url":
        return assert.ok(says(sent, callbackUrl(provider)), "the payment's callback address is sent");
      case "merchant-reference":
        return assert.ok(saysName(sent, MERCHANT_REFERENCE), "our reference is sent");
      case "provider-reference":
        return assert.ok(outcome.providerReference, "create brings the gateway's name for the payment");
      default:
        return callback.correlation satisfies never;
    }
  });

  check("create names everything by our references, and nowhere by ids that only Pay knows", async () => {
    for (const checkout of requests) {
      const { requests: all, sent } = await take(subject, checkout);
      for (const request of new Set([sent, ...all])) assertSaysNoId(request);
    }
  });

  check("create puts no key into the address of its request, where the document does not", async () => {
    const { requests: all } = await take(subject, requests[0]);
    for (const request of all) assertAddressHidesSecrets(subject, request);
  });

  check("create needs no more of the buyer than the traits say, and sends what it needs", async () => {
    for (const checkout of requests) {
      const needed = Object.entries(checkout.buyer).filter(([field]) =>
        provider.requiredBuyerFields.some((need) => need === field),
      );
      const { sent } = await take(subject, { ...checkout, buyer: Object.fromEntries(needed) });
      for (const [field, value] of needed) assert.ok(says(sent, value), `buyer.${field} is sent`);
      const made = nothingsIn(sent).filter(({ text }) => text === "undefined");
      assert.equal(made.length, 0, `${made[0]?.name} is left out, or empty, where the buyer did not say it`);
    }
  });

  check("create leaves the request as it was", async () => {
    for (const checkout of requests) {
      const request = structuredClone(createRequest(provider, checkout));
      const before = structuredClone(request);
      // The outcome does not matter here, and no server answers.
      await subject
        .make()
        .create(request, newCall())
        .catch(() => {});
      same(request, before);
    }
  });
}

/** Tests the address that the buyer goes to. */
function testBuyerAddress(subject: Subject): void {
  const { check, fixtures, provider } = subject;

  check("create sends buyers to a safe address, and shows them neither the callback address nor a key", async () => {
    for (const checkout of fixtures.create.requests) {
      const { baseUrl, outcome, sent } = await take(subject, checkout);
      const { next } = outcome;
      if (next.kind === "wait") continue;
      assert.ok(redirectAddress(next.url, baseUrl), "the address is safe");
      assertHides(next.url, [callbackUrl(provider), CALLBACK_TOKEN, ...secretsOf(subject)], "the buyer's address");
      // The buyer also sees a form, and a buyer who sees a payment's own callback address can forge its success.
      if (next.kind !== "form") continue;
      if (hasOwnAddresses(provider)) assertHides(sent.body, [CALLBACK_TOKEN], "the form");
      assertHides(sent.body, fixtures.callbacks.proof?.keys.accepted ?? [], "the form");
    }
  });

  check("create sends its callback address to the gateway alone, in one field and in no return address", async () => {
    for (const checkout of fixtures.create.requests) {
      const { outcome, requests, sent } = await take(subject, checkout);
      for (const request of new Set([sent, ...requests])) assertTellsOnlyTheGateway(subject, request);
      const { addressFields } = fixtures.callbacks;
      assert.ok(
        addressFields === undefined || says(sent, callbackUrl(provider)),
        `${addressFields?.join(" or ")} holds the callback address, or is not in callbacks.addressFields`,
      );
      const shown = "url" in outcome.next ? outcome.next.url : "";
      assert.ok(!tells(shown, CALLBACK_TOKEN), "the buyer's address tells no callback address");
    }
  });

  check("create gives storable names and times", async () => {
    const { outcome } = await take(subject, fixtures.create.requests[0]);
    const { expiresAt, providerReference } = outcome;
    if (providerReference !== undefined)
      assert.match(providerReference, /^\P{Cc}{1,200}$/u, "a name of 1 to 200 characters");
    assertTime(expiresAt);
  });
}
