import type { Subject } from "../subject.ts";
import { documentedOperations } from "./every-operation.ts";
import { readsAnswers } from "./operation.ts";

const SUCCESSES = [200, 201, 202];

/**
 * Tests the documented body under the other statuses of success. A gateway changes 200 to 201 without notice, and the payment that it took
 * would be `unknown`. A status that the document has for another answer is left out, and so is an empty body, which says nothing itself.
 */
export function testSuccessStatuses(subject: Subject): void {
  const operations = documentedOperations(subject);
  if (operations.length === 0) return;
  subject.check("reads a documented body under each status of success", async () => {
    for (const { answers, list, refused, ...operation } of operations) {
      const own = [...new Set(answers.map(({ answer }) => answer.status))];
      const documented = [...own, ...refused.map(({ answer }) => answer.status)];
      const others = SUCCESSES.filter((status) => !documented.includes(status));
      const relabelled = answers.flatMap(({ answer, gives }) =>
        answer.body === "" || !isSuccess(answer.status)
          ? []
          : others.map((status) => ({ answer: { ...answer, status }, gives })),
      );
      const remedy = `take each 2xx with the documented body, not ${own.join(" or ")} alone`;
      await readsAnswers(subject, operation, list, relabelled, remedy);
    }
  });
}

const isSuccess = (status: number) => status >= 200 && status < 300;
