import assert from "node:assert/strict";
import type { WireAnswer } from "../fixtures/wire.ts";
import { reply } from "../gateway/gateway.ts";
import { inTime, newCall, type Subject, withAdapter } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
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
        // The gateway may refuse this one, which the adapter cannot know before. Only retrieve throws.
        await inTime(
          run(provider, newCall()).catch(() => {}),
          name,
        );
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

  subject.check(`${name} asks for a new access token when the old one's time is up`, async () => {
    let asked = 0;
    let lasts: number | undefined;
    await withAdapter(
      subject,
      ({ response }) => reply(response, documented),
      async (provider) => {
        const start = Date.UTC(2026, 11, 1);
        await inTime(
          run(
            provider,
            newCall(undefined, () => start),
          ),
          name,
        );
        if (lasts === undefined) return;
        const first = asked;
        const later = start + (lasts + 1) * 1000;
        await inTime(
          run(
            provider,
            newCall(undefined, () => later),
          ),
          name,
        );
        assert.ok(asked > first, `a token with expires_in ${lasts} is not used after as many seconds of call.now()`);
      },
      {
        before(request) {
          const answer = before(request);
          if (answer === undefined) return undefined;
          asked++;
          lasts ??= lifetimeIn(answer);
          return answer;
        },
      },
    );
  });
}

/** The seconds for which the token of an answer is good: RFC 6749, 5.1. */
function lifetimeIn(answer: WireAnswer): number | undefined {
  const stated = saidIn(answer).find(({ name }) => name === "expires_in")?.value;
  return stated === undefined || !Number.isFinite(Number(stated)) ? undefined : Number(stated);
}
