import assert from "node:assert/strict";
import type { CreateOutcome } from "@pay/core/adapter";
import type { WireAnswer } from "../fixtures/wire.ts";
import { answerEach, type Question } from "../operations/operation.ts";
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

/** The names and times that any answer to a create may bring into the store. */
export function testKeptNames(subject: Subject, question: Question, accepted: readonly WireAnswer[]): void {
  subject.check("create gives storable names and times, from any answer", async () => {
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
