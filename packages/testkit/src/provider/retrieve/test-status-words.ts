import assert from "node:assert/strict";
import type { StatusReport } from "@pay/core/adapter";
import type { RetrieveFixtures } from "../fixtures/provider-fixtures.ts";
import { wordsOf } from "../manifest/sources.ts";
import { answerEach, type RunnableOperation } from "../operations/operation.ts";
import type { Subject } from "../subject.ts";

/** Tests that each word that the adapter knows for a status is in the fixtures, where a reader compares it with the document. */
export function testStatusWords(
  subject: Subject,
  operation: RunnableOperation,
  { answers, withStatus }: RetrieveFixtures,
): void {
  const { callbacks, sources } = subject.fixtures;
  subject.check(
    "retrieve knows no word for a status that neither an answer nor a callback of the fixtures shows",
    async () => {
      const reports = callbacks.recorded.flatMap(({ gives }) =>
        gives.kind === "notification" ? [gives.reported] : [],
      );
      const shown = [...answers.map(({ gives }) => gives), ...reports];
      await answerEach(subject, operation, wordsOf(sources).texts.map(withStatus), (seen, { body }) => {
        const { providerStatus, status } = (seen ?? { status: "unrecognized" }) as StatusReport;
        const isShown = shown.some((one) => one.status === status && one.providerStatus === providerStatus);
        assert.ok(
          status === "unrecognized" || isShown,
          `${body} is read as ${status}, and no answer of retrieve.answers says it: add one for each status of the document`,
        );
      });
    },
  );
}
