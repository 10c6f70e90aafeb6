import assert from "node:assert/strict";
import type { StatusReport } from "@pay/core/adapter";
import type { Documented } from "../fixtures/provider-fixtures.ts";
import { answerEach, type RunnableOperation } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";

/** Tests that the adapter keeps no answer: a payment that was pending is paid, and one that was paid is charged back. */
export function testFreshAnswers(
  subject: Subject,
  operation: RunnableOperation,
  documented: readonly Documented<StatusReport>[],
): void {
  subject.check("retrieve says what the gateway says now, and keeps no earlier answer", async () => {
    const silent = { status: 503, body: "" };
    for (const first of documented) {
      const rounds = documented.flatMap((next) => [first, undefined, next]);
      let at = 0;
      await answerEach(
        subject,
        operation,
        rounds.map((one) => one?.answer ?? silent),
        (outcome) => {
          const meant = rounds[at++]?.gives.status ?? "an error";
          const seen = (outcome as StatusReport | undefined)?.status ?? "an error";
          assert.equal(seen, meant, `after other answers, retrieve gives ${meant}; ask anew each time`);
        },
      );
    }
  });
}
