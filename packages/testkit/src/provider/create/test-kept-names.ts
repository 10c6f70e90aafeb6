import assert from "node:assert/strict";
import type { CreateOutcome } from "@pay/core/adapter";
import type { WireAnswer } from "../fixtures/wire.ts";
import { answerEach, type Question } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { assertName, UNKEPT } from "../texts/kept-texts.ts";

/** No times, to whoever reads them as such. */
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

/** What answers to a create give to be kept, whatever stands in them. */
export function testKeptNames(subject: Subject, question: Question, accepted: readonly WireAnswer[]): void {
  subject.check("create gives names and times that can be kept, whatever the answer says", async () => {
    const answers = accepted.flatMap((answer) =>
      saidIn(answer).flatMap((said) => [...UNKEPT, ...UNTIMELY].map((other) => said.with(other))),
    );
    await answerEach(subject, question, answers, (outcome) => {
      const created = outcome as CreateOutcome;
      if (created.kind !== "accepted") return;
      assertName(created.providerReference);
      assertTime(created.expiresAt);
    });
  });
}

/** Unix milliseconds that a date can be made of. */
export function assertTime(time: number | undefined): void {
  if (time === undefined) return;
  const isTime = Number.isSafeInteger(time) && time > Date.UTC(2001) && time <= Date.UTC(9999, 11, 31);
  assert.ok(isTime, `expiresAt is in Unix milliseconds, not ${time}`);
}
