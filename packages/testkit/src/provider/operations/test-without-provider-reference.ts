import assert from "node:assert/strict";
import type { Call, PaymentProvider, ProviderReference } from "@pay/core/adapter";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, paymentName, type Subject, withAdapter } from "../subject.ts";
import { nothingsIn, saysName } from "./find-names.ts";

/** An operation on a payment, run with these names in place of the payment's own. */
export type OnPayment = (
  provider: PaymentProvider,
  call: Call,
  change: { readonly providerReference?: ProviderReference | undefined },
) => Promise<unknown>;

/** Tests a payment that the gateway has not named yet: its create's answer was lost, or carried no name. */
export function testWithoutProviderReference(subject: Subject, name: string, answer: WireAnswer, run: OnPayment): void {
  const { providerReference, merchantReference } = paymentName(subject);
  if (providerReference === undefined) return;
  subject.check(
    `${name} of a payment without a provider reference goes by our reference, or sends nothing`,
    async () => {
      const named = await runAgainst(subject, answer, (of, call) => run(of, call, {}));
      const { ending, requests } = await runAgainst(subject, answer, (of, call) =>
        run(of, call, { providerReference: undefined }),
      );
      if (requests.length === 0) {
        const sound = name === "retrieve" ? ["thrown", "pending", "unrecognized"] : ["not_sent", "rejected"];
        return assert.ok(sound.includes(ending), `nothing was sent, so it is ${sound.join(" or ")}, not ${ending}`);
      }
      assert.ok(
        requests.some((request) => saysName(request, merchantReference)),
        "our reference is sent",
      );
      const usual = named.requests.flatMap(nothingsIn).map((leaf) => leaf.name);
      for (const leaf of requests.flatMap(nothingsIn)) {
        assert.ok(usual.includes(leaf.name), `${leaf.name} asks for no payment named ${leaf.text}`);
      }
    },
  );
}

function runAgainst(
  subject: Subject,
  answer: WireAnswer,
  run: (provider: PaymentProvider, call: Call) => Promise<unknown>,
): Promise<{ readonly ending: string; readonly requests: readonly WireRequest[] }> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider, { requests }) => {
      const ended = inTime(run(provider, newCall()), "the request").catch((error: unknown) => {
        if (error instanceof assert.AssertionError) throw error;
        return { kind: "thrown" };
      });
      const { kind, status = "" } = (await ended) as { readonly kind?: string; readonly status?: string };
      return { ending: kind ?? status, requests };
    },
  );
}
