import type { DocumentedCreate } from "../fixtures/provider-fixtures.ts";
import { inTimeZone } from "../gateway/system-clock.ts";
import { type RunnableOperation, readsAnswers } from "../operations/operation.ts";
import { acceptedAs, type Subject } from "../subject.ts";

/** Tests the moment at which the gateway closes the payment. A time without a zone is the gateway's own, e.g. of Warsaw. */
export function testTimeZones(
  subject: Subject,
  operation: RunnableOperation,
  accepted: readonly DocumentedCreate[],
): void {
  if (accepted.every(({ gives }) => acceptedAs(gives, "").expiresAt === undefined)) return;
  subject.check("create reads times alike in every time zone", async () => {
    for (const hours of [-9, 13]) {
      await inTimeZone(hours, () => readsAnswers(subject, operation, "create.accepted", accepted));
    }
  });
}
