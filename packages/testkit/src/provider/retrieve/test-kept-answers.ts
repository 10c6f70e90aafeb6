import type { Retrieved } from "@pay/core/adapter";
import type { WireAnswer } from "../fixtures/wire.ts";
import { answerEach, type RunnableOperation } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";
import { saidIn } from "../texts/answer-fields.ts";
import { assertName, assertText, UNKEPT } from "../texts/kept-texts.ts";

/** Tests the texts that an answer to `retrieve` can bring into the store. */
export function testKeptAnswers(
  subject: Subject,
  operation: RunnableOperation,
  documented: readonly WireAnswer[],
): void {
  subject.check("retrieve gives only texts that a store and a page can hold, from any answer", async () => {
    const answers = documented.flatMap((answer) =>
      saidIn(answer).flatMap((said) => UNKEPT.map((text) => said.with(text))),
    );
    await answerEach(subject, operation, answers, (outcome) => {
      const { providerStatus, providerReference } = (outcome ?? {}) as Partial<Retrieved>;
      assertText(providerStatus);
      assertName(providerReference);
    });
  });
}
