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

type StatusCheck = (provider: PaymentProvider, call: Call) => Promise<unknown> | undefined;

/** What an operator sees of exchanges: Pay masks them, and the traits must list the gateway's private fields. */
export function testExchanges(subject: Subject): void {
  subject.check(
    "shows operators no secret and nothing of the buyer in what it exchanges with the gateway",
    async () => {
      const { callbacks } = subject.fixtures;
      const texts = [...secretsOf(subject), ...privateTexts(subject), ...(callbacks.personal ?? [])];
      for (const [answer, ask] of questions(subject))
        assertHides(await sentFor(subject, answer, ask), texts, "an exchange");
      for (const callback of [...callbacks.recorded, ...(callbacks.ignored ?? [])].map((one) => whole(one.callback))) {
        assertHides(await received(subject, callback), texts, "an exchange");
      }
    },
  );
}

/** Every operation, with the gateway's answers. */
function questions(subject: Subject): readonly (readonly [WireAnswer, StatusCheck])[] {
  const { cancel, create, refund, retrieve } = subject.fixtures;
  const answers = "form" in create ? [] : [...create.accepted, ...create.refused];
  const creates = create.requests.flatMap((checkout) =>
    answers.map(({ answer }): [WireAnswer, StatusCheck] => [
      answer,
      (of, call) => of.create(createRequest(of, checkout), call),
    ]),
  );
  const asked = (retrieve?.answers ?? []).map(({ answer }): [WireAnswer, StatusCheck] => [
    answer,
    (of, call) => of.retrieve?.(paymentName(subject), call),
  ]);
  const refunds = [...(refund?.done ?? []), ...(refund?.refused ?? [])].map(({ answer }): [WireAnswer, StatusCheck] => [
    answer,
    (of, call) => of.refund?.(refundRequest(subject), call),
  ]);
  const cancels = [...(cancel?.done ?? []), ...(cancel?.refused ?? [])].map(({ answer }): [WireAnswer, StatusCheck] => [
    answer,
    (of, call) => of.cancel?.(paymentName(subject), call),
  ]);
  return [...creates, ...asked, ...refunds, ...cancels];
}

function sentFor(subject: Subject, answer: WireAnswer, ask: StatusCheck): Promise<unknown> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider) => {
      const { call, seen } = await watchHttpExchanges(provider);
      // The outcome does not matter here.
      await inTime(
        Promise.resolve(ask(provider, call(callbackUrl(provider)))).catch(() => {}),
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
