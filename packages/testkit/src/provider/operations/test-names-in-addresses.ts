import assert from "node:assert/strict";
import type { ProviderReference } from "@pay/core/adapter";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, paymentName, type Subject, withAdapter } from "../subject.ts";
import type { OnPayment } from "./test-without-provider-reference.ts";

/** A name that would lead to another address, and a parameter and a fragment behind it. */
const NAME = "a/../b?c=1#d" as ProviderReference;

/** Tests that a name of the gateway cannot change what is asked for. Callbacks without proof bring such names, too. */
export function testNamesInAddresses(subject: Subject, name: string, answer: WireAnswer, run: OnPayment): void {
  const { providerReference } = paymentName(subject);
  if (providerReference === undefined) return;
  subject.check(`${name} writes the gateway's name for the payment into its address as one piece`, async () => {
    const usual = await addressesOf(subject, answer, run, providerReference);
    const others = await addressesOf(subject, answer, run, NAME);
    for (const [at, target] of others.entries()) {
      const expected = shapeOf(usual[at] ?? "");
      assert.deepEqual(shapeOf(target), expected, "the name is one piece of the path; use encodeURIComponent");
    }
  });
}

/** The number of a path's pieces, and the names of the parameters. */
function shapeOf(target: string): readonly [number, readonly string[]] {
  const [path = "", query = ""] = target.split("?", 2);
  return [path.split("/").length, [...new URLSearchParams(query).keys()]];
}

function addressesOf(
  subject: Subject,
  answer: WireAnswer,
  run: OnPayment,
  providerReference: ProviderReference,
): Promise<readonly string[]> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider, { requests }: { readonly requests: readonly WireRequest[] }) => {
      // The outcome does not matter here: an adapter may refuse such a name.
      await inTime(
        Promise.resolve(run(provider, newCall(), { providerReference })).catch(() => {}),
        "the request",
      );
      return requests.map(({ target }) => target);
    },
  );
}
