import { type Call, type PaymentProvider, watchHttpExchanges } from "@pay/core/adapter";
import { whole } from "../fixtures/places.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { deliver } from "../receive/deliver.ts";
import {
  callbackUrl,
  createRequest,
  inTime,
  PAYMENT_ID,
  paymentName,
  refundRequest,
  type Subject,
  withAdapter,
} from "../subject.ts";
import { assertHides, privateTexts, secretsOf } from "../texts/secrets.ts";

type Run = (provider: PaymentProvider, call: Call) => Promise<unknown> | undefined;

/** Tests what Pay shows an operator of requests and callbacks. Pay masks them by the private fields that the traits list. */
export function testExchanges(subject: Subject): void {
  subject.check(
    "shows operators no secret and nothing of the buyer in what it exchanges with the gateway",
    async () => {
      const { callbacks } = subject.fixtures;
      const texts = [...secretsOf(subject), ...privateTexts(subject), ...(callbacks.personal ?? [])];
      for (const [answer, run] of operationsOf(subject))
        assertHides(await sentFor(subject, answer, run), texts, "an exchange");
      for (const callback of [...callbacks.recorded, ...(callbacks.ignored ?? [])].map((one) => whole(one.callback))) {
        assertHides(await received(subject, callback), texts, "an exchange");
      }
    },
  );
}

/** Every operation of the provider, with each documented answer. */
function operationsOf(subject: Subject): readonly (readonly [WireAnswer, Run])[] {
  const { cancel, create, refund, retrieve } = subject.fixtures;
  const answers = "form" in create ? [] : [...create.accepted, ...create.refused];
  const creates = create.requests.flatMap((checkout) =>
    answers.map(({ answer }): [WireAnswer, Run] => [
      answer,
      (of, call) => of.create(createRequest(of, checkout), call),
    ]),
  );
  const retrieves = (retrieve?.answers ?? []).map(({ answer }): [WireAnswer, Run] => [
    answer,
    (of, call) => of.retrieve?.(paymentName(subject), call),
  ]);
  const refunds = [...(refund?.done ?? []), ...(refund?.refused ?? [])].map(({ answer }): [WireAnswer, Run] => [
    answer,
    (of, call) => of.refund?.(refundRequest(subject), call),
  ]);
  const cancels = [...(cancel?.done ?? []), ...(cancel?.refused ?? [])].map(({ answer }): [WireAnswer, Run] => [
    answer,
    (of, call) => of.cancel?.(paymentName(subject), call),
  ]);
  return [...creates, ...retrieves, ...refunds, ...cancels];
}

function sentFor(subject: Subject, answer: WireAnswer, run: Run): Promise<unknown> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider) => {
      const { call, seen } = await watchHttpExchanges(provider);
      // The outcome does not matter here.
      await inTime(
        Promise.resolve(run(provider, call(callbackUrl(provider)))).catch(() => {}),
        "the request",
      );
      return seen();
    },
  );
}

async function received({ provider }: Subject, callback: ReturnType<typeof whole>): Promise<unknown> {
  const { receive, seen } = await watchHttpExchanges(provider);
  const { body, method, query } = callback;
  const address = callbackUrl(provider).replace(/pay_\w+/, callback.paymentId ?? PAYMENT_ID);
  const url = query === "" ? address : `${address}?${query}`;
  const parsed = await deliver(provider, callback);
  const outcome = { kind: "unknown_payment" } as const;
  const answer = parsed.kind === "ignored" ? parsed.reply : await provider.reply(outcome, parsed);
  receive({ method, url, body: new Uint8Array(body) }, parsed, answer);
  return seen();
}
