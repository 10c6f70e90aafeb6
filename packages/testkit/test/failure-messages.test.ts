import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import type { ProviderFixtures } from "@pay/testkit";
import { testsOf } from "../broken-adapters/adapters.ts";

/** The message of a test, run for Acme with these fixtures. */
async function failureOf(name: string, change: (fixtures: ProviderFixtures) => ProviderFixtures): Promise<string> {
  const test = (await testsOf("acme", undefined, change)).find((one) => one.name === name);
  assert.ok(test, `there is a test named: ${name}`);
  const [result] = await Promise.allSettled([test.run()]);
  assert.ok(result.status === "rejected", "it fails");
  return (result.reason as Error).message;
}

describe("a test that fails says", () => {
  it("which recorded callback failed, and what to mend", async () => {
    const message = await failureOf("reads each recorded callback as documented", ({ callbacks, ...rest }) => {
      const recorded = callbacks.recorded.with(2, { ...callbacks.recorded[2]!, gives: callbacks.recorded[1]!.gives });
      return { ...rest, callbacks: { ...callbacks, recorded } };
    });
    assert.match(message, /^callbacks\.recorded\[2\] \(POST notification failed\): /);
    assert.match(message, /mend receive, or the fixture if the document says otherwise/);
    assert.match(message, /'waiting'/, "with the difference");
  });

  it("which documented answer failed, and what to mend", async () => {
    const message = await failureOf("retrieve reads each documented answer as documented", ({ retrieve, ...rest }) => {
      const [first, second] = retrieve!.answers;
      const answers = [first, { ...second!, gives: first.gives }] as const;
      return { ...rest, retrieve: { ...retrieve!, answers } };
    });
    assert.match(message, /^retrieve\.answers\[1\]: .*mend retrieve, or the fixture/);
  });
});
