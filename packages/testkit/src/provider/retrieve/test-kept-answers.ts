import type { Retrieved } from "@pay/core/adapter";
import type { WireAnswer } from "../fixtures/wire.ts";
import { answerEach, type Question } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { assertName, assertText, UNKEPT } from "../texts/kept-texts.ts";

/** What answers to a question give to be kept, whatever stands in them. */
export function testKeptAnswers(subject: Subject, question: Question, documented: readonly WireAnswer[]): void {
  subject.check("retrieve gives no text to be kept that no store or page could, whatever the answer says", async () => {
    const answers = documented.flatMap((answer) =>
      saidIn(answer).flatMap((said) => UNKEPT.map((text) => said.with(text))),
    );
    await answerEach(subject, question, answers, (outcome) => {
      const { providerStatus, providerReference } = (outcome ?? {}) as Partial<Retrieved>;
      assertText(providerStatus);
      assertName(providerReference);
    });
  });
}
