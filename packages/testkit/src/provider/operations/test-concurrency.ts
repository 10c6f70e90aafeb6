import assert from "node:assert/strict";
import type { PaymentId, PaymentName, PaymentProvider, ProviderReference } from "@pay/core/adapter";
import { same } from "../../same.ts";
import { each, recordedOf } from "../fixtures/recorded-callbacks.ts";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { deliver } from "../receive/deliver.ts";
import {
  createRequest,
  inTime,
  newCall,
  PAYMENT_ID,
  paymentName,
  refundRequest,
  type Subject,
  withAdapter,
} from "../subject.ts";
import { postedForm } from "../texts/request-texts.ts";
import { saysName } from "./find-names.ts";

/** Payments that are under way at the same time. */
const ALL: readonly number[] = [0, 1, 2, 3];
const REMEDY = "keep what a call needs in its own variables, not in the provider";

/**
 * Tests operations and callbacks at the same time, as each shop has them. What one keeps beside its own call, e.g. in a member of the
 * provider, the next one overwrites, and a buyer pays another one's order.
 */
export function testConcurrency(subject: Subject): void {
  const { check, fixtures, make, provider } = subject;
  const { cancel, create, refund, retrieve } = fixtures;
  check("keeps payments apart whose creates run at the same time", async () => {
    const [checkout] = create.requests;
    const asked = ALL.map((at) => ({ ...checkout.amount, value: checkout.amount.value + at }));
    const answer = "form" in create ? undefined : create.accepted[0]?.answer;
    const sent = await sentAtOnce(subject, answer, (of, at) =>
      of.create(createRequest(of, { ...checkout, amount: asked[at]! }, idOf(at)), newCall()),
    );
    const said = new Set(sent.map((request) => create.amount(request).text));
    assert.equal(said.size, ALL.length, `each create says its own amount; ${REMEDY}`);
  });

  if (provider.retrieve !== undefined || provider.refund !== undefined || provider.cancel !== undefined) {
    check("keeps payments apart about which it asks at the same time", async () => {
      const onPayment: readonly [
        WireAnswer | undefined,
        (of: PaymentProvider, name: PaymentName) => Promise<unknown> | undefined,
      ][] = [
        [retrieve?.answers[0].answer, (of, name) => of.retrieve?.(name, newCall())],
        [refund?.done[0].answer, (of, name) => of.refund?.(refundRequest(subject, name), newCall())],
        [cancel?.done[0].answer, (of, name) => of.cancel?.(name, newCall())],
      ];
      for (const [answer, run] of onPayment) {
        if (answer === undefined) continue;
        const names = ALL.map((at) => nameOf(subject, at));
        const sent = await sentAtOnce(subject, answer, (of, at) => run(of, names[at]!));
        for (const { merchantReference, providerReference } of names) {
          const isNamed = sent.some((request) => saysName(request, merchantReference, providerReference));
          assert.ok(isNamed, `each payment is asked about by its own name; ${REMEDY}`);
        }
      }
    });
  }

  check("keeps callbacks apart that come at the same time", async () => {
    const own = make();
    const cases = recordedOf(subject);
    const all = await Promise.all(cases.map(async (one) => ({ ...one, parsed: await deliver(own, one.callback) })));
    await each(all, ({ gives, parsed }) => same(parsed, gives, `it means the same beside others; ${REMEDY}`));
  });
}

/** What the gateway gets, or the forms that buyers post, if the provider runs for all payments at the same time. */
function sentAtOnce(
  subject: Subject,
  answer: WireAnswer | undefined,
  run: (provider: PaymentProvider, at: number) => Promise<unknown> | undefined,
): Promise<readonly WireRequest[]> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer ?? { status: 500, body: "" }),
    async (provider, { requests }) => {
      // The answer may be about another payment, so the outcome does not matter here.
      const ended = ALL.map((at) => Promise.resolve(run(provider, at)).catch(() => undefined));
      const outcomes = await inTime(Promise.all(ended), "what runs at the same time");
      const forms = outcomes.flatMap((outcome) => {
        const { next } = (outcome ?? {}) as { readonly next?: Parameters<typeof postedForm>[0] };
        return next?.kind === "form" ? [postedForm(next)] : [];
      });
      return [...requests, ...forms];
    },
  );
}

const idOf = (at: number) => `${PAYMENT_ID.slice(0, -1)}${at}` as PaymentId;

function nameOf(subject: Subject, at: number): PaymentName {
  const { providerReference, ...name } = paymentName(subject);
  return {
    ...name,
    paymentId: idOf(at),
    merchantReference: idOf(at).slice(4),
    ...(providerReference !== undefined && { providerReference: `${providerReference}${at}` as ProviderReference }),
  };
}
