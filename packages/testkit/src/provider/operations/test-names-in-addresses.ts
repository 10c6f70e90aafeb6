import assert from "node:assert/strict";
import type { ProviderReference } from "@pay/core/adapter";
import type { DocumentedCreate } from "../fixtures/provider-fixtures.ts";
import type { WireAnswer, WireRequest } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { acceptedAs, inTime, newCall, paymentName, type Subject, withAdapter } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { isId } from "../texts/id-forms.ts";
import { answerEach, type RunnableOperation } from "./operation.ts";
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

/** Tests the same for the address of a buyer that the adapter makes from the name that an answer gives. */
export function testNamesInBuyerAddresses(
  subject: Subject,
  operation: RunnableOperation,
  accepted: readonly DocumentedCreate[],
): void {
  const cases = accepted.flatMap(({ answer, gives }) => {
    const { next, providerReference = "" } = acceptedAs(gives, "https://gateway.example");
    const isMade = "url" in next && next.url.includes(providerReference) && !answer.body.includes(next.url);
    const own = saidIn(answer).filter(({ value }) => isId(value, providerReference));
    return isMade && own[0] !== undefined ? [{ answer, usual: next.url, changed: own[0].with(NAME) }] : [];
  });
  if (cases.length === 0) return;
  subject.check("create writes the gateway's name for the payment into the buyer's address as one piece", async () => {
    for (const { changed, usual } of cases) {
      await answerEach(subject, operation, [changed], (outcome) => {
        const { next } = outcome as { readonly next?: { readonly url?: string } };
        if (next?.url === undefined) return;
        const { pathname, search } = new URL(next.url);
        const expected = new URL(usual);
        assert.deepEqual(
          shapeOf(pathname + search),
          shapeOf(expected.pathname + expected.search),
          "the name is one piece of the path; use encodeURIComponent",
        );
      });
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
