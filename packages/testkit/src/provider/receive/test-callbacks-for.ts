import assert from "node:assert/strict";
import type { Money, ParsedCallback, RefundOutcome } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { takeEach } from "../create/take-payment.ts";
import { whole } from "../fixtures/places.ts";
import type { CallbackTo } from "../fixtures/provider-fixtures.ts";
import { proved } from "../fixtures/recorded-callbacks.ts";
import type { WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import {
  callbackUrl,
  hasOwnAddresses,
  inTime,
  MERCHANT_REFERENCE,
  newCall,
  PAYMENT_ID,
  paymentName,
  refundRequest,
  type Subject,
  withAdapter,
} from "../subject.ts";
import { deliver, describeCallback } from "./deliver.ts";
import { amountOf } from "./test-amounts.ts";

/** Tests callbacks that the gateway makes from what the adapter sent: what a create calls the payment, its callback calls it too. */
export function testCallbacksFor(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { callbacks, create, refund } = fixtures;

  check("reads the callback that the gateway makes of a create as one about that payment and its amount", async () => {
    const [first] = create.requests;
    const prices = [1, 1000, 123_45].map((value) => ({ ...first, amount: { ...first.amount, value } }));
    const taken = await takeEach(subject, [...create.requests, ...prices]);
    assert.ok(taken.length > 0, "a checkout of create.requests is taken");
    for (const { outcome, request, sent } of taken) {
      const { providerReference } = outcome;
      const parsed = await delivered(subject, callbacks.callbackFor(sent));
      assertAbout(subject, parsed, { merchantReference: MERCHANT_REFERENCE, providerReference });
      const meaning = describeCallback(parsed);
      assert.ok(
        meaning === "notification: succeeded" || meaning === "check_status",
        `callbacks.callbackFor is read as ${meaning}, not as a success or check_status`,
      );
      assertAmount(parsed, request.amount);
    }
  });

  const { callbackFor } = refund ?? {};
  if (refund === undefined || provider.refund === undefined || callbackFor === undefined) return;
  check("reads the callback that the gateway makes of a refund as one about that refund and its amount", async () => {
    const request = refundRequest(subject);
    const [outcome, sent] = await refunded(subject, refund.done[0].answer);
    const parsed = await delivered(subject, callbackFor(sent));
    assertAbout(subject, parsed, paymentName(subject));
    if (parsed.kind === "check_status") return;
    assert.ok(parsed.kind === "refund", `refund.callbackFor is read as ${describeCallback(parsed)}, not as a refund`);
    const named = "providerReference" in outcome ? outcome.providerReference : undefined;
    const { merchantReference = request.refundMerchantReference, providerReference = named } = parsed.refund;
    assert.equal(
      merchantReference,
      request.refundMerchantReference,
      "the callback says the refund's reference that was sent",
    );
    if (named !== undefined) assert.equal(providerReference, named, "the callback names the refund as the answer did");
    assert.ok(
      parsed.refund.merchantReference !== undefined || (providerReference !== undefined && named !== undefined),
      "the callback names the refund, by the reference that was sent or by the name that the answer gave",
    );
    assertAmount(parsed, request.refundAmount);
  });
}

/** Delivers a callback where the request says, with its proof. */
async function delivered(subject: Subject, { to, ...callback }: CallbackTo): Promise<ParsedCallback> {
  const { provider } = subject;
  const isOwn = hasOwnAddresses(provider);
  assert.ok(to !== undefined || !isOwn, "callbackFor: add `to`, the address that the request names for callbacks");
  if (to !== undefined) assert.equal(to, callbackUrl(provider), "the request names the callback address it was given");
  const made = proved(subject, whole({ ...callback, ...(isOwn && { paymentId: PAYMENT_ID }) }));
  assert.ok(made, "callbacks.proof can sign what callbackFor makes");
  return deliver(provider, made);
}

interface Names {
  readonly merchantReference: string;
  readonly providerReference?: string | undefined;
}

function assertAbout({ provider }: Subject, parsed: ParsedCallback, names: Names): void {
  assert.ok(
    "about" in parsed,
    `a genuine callback is ${describeCallback(parsed)}; look at the fields that callbackFor reads from the request`,
  );
  const { correlation } = provider.traits.callback;
  const expected = {
    "callback-url": { paymentId: PAYMENT_ID },
    "merchant-reference": { merchantReference: names.merchantReference },
    "provider-reference": { providerReference: names.providerReference },
  }[correlation];
  same(parsed.about, expected, "the callback names the payment as create, or its answer, named it");
  if (parsed.providerReference === undefined || names.providerReference === undefined) return;
  assert.equal(
    parsed.providerReference,
    names.providerReference,
    "the gateway's name for the payment is that of its answer",
  );
}

function assertAmount(parsed: ParsedCallback, asked: Money): void {
  const amount = amountOf(parsed);
  if (amount !== undefined) same(amount, asked, "the callback states the amount that was asked for");
}

function refunded(subject: Subject, answer: { readonly status: number; readonly body: string }) {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider, { requests }): Promise<readonly [RefundOutcome, WireRequest]> => {
      const outcome = await inTime(provider.refund!(refundRequest(subject), newCall()), "refund");
      assert.ok(requests[0], "something is sent");
      return [outcome, requests[0]];
    },
  );
}
