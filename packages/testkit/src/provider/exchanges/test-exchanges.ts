import { watchHttpExchanges } from "@pay/core/adapter";
import { whole } from "../fixtures/places.ts";
import { each } from "../fixtures/recorded-callbacks.ts";
import { reply } from "../gateway/gateway.ts";
import { type EveryOperation, everyOperation } from "../operations/every-operation.ts";
import { deliver } from "../receive/deliver.ts";
import { callbackUrl, inTime, PAYMENT_ID, type Subject, withAdapter } from "../subject.ts";
import { assertHides, privateTexts, secretsOf } from "../texts/secrets.ts";

/** Tests what Pay shows an operator of requests and callbacks. Pay masks them by the private fields that the traits list. */
export function testExchanges(subject: Subject): void {
  subject.check(
    "shows operators no secret and nothing of the buyer in what it exchanges with the gateway",
    async () => {
      const { callbacks } = subject.fixtures;
      const texts = [...secretsOf(subject), ...privateTexts(subject), ...(callbacks.personal ?? [])];
      await each(everyOperation(subject), async (operation) =>
        assertHides(await sentFor(subject, operation), texts, "an exchange"),
      );
      for (const callback of [...callbacks.recorded, ...(callbacks.ignored ?? [])].map((one) => whole(one.callback))) {
        assertHides(await received(subject, callback), texts, "an exchange");
      }
    },
  );
}

function sentFor(subject: Subject, { answer, run }: EveryOperation): Promise<unknown> {
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
  const outcome = { kind: "unknown_payment", returnUrl: "https://shop.example/" } as const;
  const answer = parsed.kind === "ignored" ? parsed.reply : await provider.reply(outcome, parsed);
  receive({ method, url, body: new Uint8Array(body) }, parsed, answer);
  return seen();
}
