import assert from "node:assert/strict";
import type { Call, PaymentProvider } from "@pay/core/adapter";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { createRequest, OTHER_PAYMENT_ID, OTHER_REFUND_ID, refundRequest, type Subject } from "../subject.ts";
import { leavesOf } from "../texts/request-fields.ts";
import { sentBy } from "./operation.ts";

type Run = (provider: PaymentProvider, call: Call) => Promise<unknown>;

/**
 * Tests the keys by which a gateway recognizes a repeated request. Two refunds under one key are one refund for the gateway, and both are
 * done for the shop; a create and a refund under one key are a conflict.
 */
export function testIdempotencyKeys(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { create, refund } = fixtures;
  const [checkout] = create.requests;
  const created = "form" in create ? undefined : create.accepted[0]?.answer;
  if (created !== undefined) {
    const createOf =
      (id?: typeof OTHER_PAYMENT_ID): Run =>
      (of, call) =>
        of.create(createRequest(of, checkout, id), call);
    check("create has an idempotency key of its own for each payment, if it sends one", async () => {
      await areOwn(subject, created, createOf(), createOf(OTHER_PAYMENT_ID));
    });
  }
  if (refund === undefined || provider.refund === undefined) return;
  const { answer } = refund.done[0];
  const other = { refundId: OTHER_REFUND_ID, refundMerchantReference: OTHER_REFUND_ID.slice(4) };
  const refundOf =
    (change: object): Run =>
    (of, call) =>
      of.refund!(refundRequest(subject, change), call);
  check("refund has an idempotency key of its own for each refund, if it sends one", async () => {
    const keys = await areOwn(subject, answer, refundOf({}), refundOf(other));
    if (created === undefined) return;
    const ofCreate = keysIn(await sentBy(subject, (of, call) => of.create(createRequest(of, checkout), call), created));
    for (const key of keys)
      assert.ok(!ofCreate.includes(key), "a refund has another key than the create of its payment");
  });
}

/** Fails unless the second run has the keys of the first, and the other run has others. */
async function areOwn(subject: Subject, answer: WireAnswer, run: Run, other: Run): Promise<readonly string[]> {
  const keys = keysIn(await sentBy(subject, run, answer));
  assert.deepEqual(
    keysIn(await sentBy(subject, run, answer)),
    keys,
    "the same request has the same idempotency key; make it from merchantReference or refundMerchantReference",
  );
  for (const key of keysIn(await sentBy(subject, other, answer))) {
    assert.ok(
      !keys.includes(key),
      "another payment or refund has another idempotency key; make it from merchantReference or refundMerchantReference",
    );
  }
  return keys;
}

/** PayPal calls its key otherwise. */
const NAMES = /idempoten|^paypal-request-id$/i;

function keysIn(request: WireRequest): readonly string[] {
  const headers = Object.entries(request.headers).map(([name, text]) => ({ name, text }));
  return [...headers, ...leavesOf(request)].filter(({ name }) => NAMES.test(name)).map(({ text }) => text);
}
