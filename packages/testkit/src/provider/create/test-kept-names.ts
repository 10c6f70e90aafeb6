import assert from "node:assert/strict";
import type { CreateOutcome } from "@pay/core/adapter";
import type { WireAnswer } from "../fixtures/wire.ts";
import { answerEach, type RunnableOperation } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { assertName, UNKEPT } from "../texts/kept-texts.ts";

/** Texts and values that are no times. */
const UNTIMELY: readonly unknown[] = [
  "never",
  "",
  "0",
  "-1",
  "1e400",
  "+275760-09-13T00:00:00.001Z",
  -1,
  0.5,
  1e300,
  null,
  true,
];

/** Tests the names and times that an answer to a create can bring into the store. */
export function testKeptNames(subject: Subject, operation: RunnableOperation, accepted: readonly WireAnswer[]): void {
  subject.check("create gives storable names and times, from any answer", async () => {
    const answers = accepted.flatMap((answer) =>
      saidIn(answer).flatMap((said) => [...UNKEPT, ...UNTIMELY].map((other) => said.with(other))),
    );
    await answerEach(subject, operation, answers, (outcome) => {
      const created = outcome as CreateOutcome;
      if (created.kind !== "accepted") return;
      assertName(created.providerReference);
      assertTime(created.expiresAt);
    });
  });
}

/** Fails unless the time is in Unix milliseconds, of a year from 2001 to 9999. */
export function assertTime(time: number | undefined): void {
  if (time === undefined) return;
  const isTime = Number.isSafeInteger(time) && time > Date.UTC(2001) && time <= Date.UTC(9999, 11, 31);
  assert.ok(isTime, `expiresAt is in Unix milliseconds, not ${time}`);
}
