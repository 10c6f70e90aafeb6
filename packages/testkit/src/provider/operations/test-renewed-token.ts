import assert from "node:assert/strict";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, type Subject, withAdapter } from "../subject.ts";
import type { Ending, Operation } from "./operation.ts";

/** Tests that the adapter gets a new access token when the gateway stops accepting the old one, which can happen at any time. */
export function testRenewedToken(subject: Subject, { documented, done, name, run }: Operation): void {
  const { before } = subject.fixtures;
  if (before === undefined) return;
  subject.check(`${name} renews an access token that the gateway stops accepting`, async () => {
    let isTaken = false;
    await withAdapter(
      subject,
      ({ response }) => reply(response, isTaken ? documented : { status: 401, body: "{}" }),
      async (provider) => {
        await inTime(run(provider, newCall()), name);
        if (!isTaken) return;
        isTaken = false;
        // The gateway may refuse this one, which the adapter cannot know before.
        await inTime(run(provider, newCall()), name);
        const { kind }: Ending = await inTime(run(provider, newCall()), name);
        assert.ok(done.includes(kind), `the next ${name} is ${done.join(" or ")}, not ${kind}`);
      },
      {
        before(request) {
          const answer = before(request);
          if (answer !== undefined) isTaken = true;
          return answer;
        },
      },
    );
  });
}
