import assert from "node:assert/strict";
import type { Call, Observation, PaymentProvider } from "@pay/core/adapter";
import { type Ending, faults, type Operation, type Question, readsAnswers } from "./asking.ts";
import type { WireAnswer, WireRequest } from "./fixtures.ts";
import { reply } from "./gateway.ts";
import { namingRefunds } from "./naming-refunds.ts";
import { says } from "./said.ts";
import { inTime, newCall, paymentName, refundRequest, type Subject, withAdapter } from "./subject.ts";
import { assertTellsOnlyTheGateway } from "./telling.ts";
import { undocumentedRefusals } from "./undocumented.ts";

/** What only some gateways can. A provider without the method has no test here, and one without the fixture fails another. */
export function capabilities(subject: Subject): void {
  retrieving(subject);
  refunding(subject);
  canceling(subject);
}

function retrieving(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { retrieve } = fixtures;
  if (retrieve === undefined || provider.retrieve === undefined) return;
  const run = (of: PaymentProvider, call: Call) => of.retrieve!(paymentName(subject), call);
  const question = { name: "retrieve", run } as const;
  const [{ answer, gives }] = retrieve.answers;

  check("retrieve reads each documented answer as documented", () => readsAnswers(subject, question, retrieve.answers));
  check("retrieve takes a status that is not documented for unmapped, never for a guess", async () => {
    for (const word of ["constructor", "__proto__", "", " ", "UNKNOWN", "paid?", "0"]) {
      await withAdapter(
        subject,
        ({ response }) => reply(response, retrieve.withStatus(word)),
        async (of) => {
          // A throw is sound as well: it is asked again.
          const seen = await inTime(run(of, newCall()), "retrieve").catch((): Observation => ({ status: "unmapped" }));
          assert.equal(seen.status, "unmapped", `nobody documented ${JSON.stringify(word)}`);
        },
      );
    }
  });
  namesPayment(subject, question, answer);
  // A question has no outcomes: what counts is what it observes.
  const observe: Operation["run"] = async (of, call) => ({ kind: (await run(of, call)).status });
  faults(subject, { ...question, run: observe, documented: answer, done: [gives.status], refused: [] });
}

function refunding(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { refund } = fixtures;
  if (refund === undefined || provider.refund === undefined) return;
  const name = "refund";
  const run: Operation["run"] = (of, call): Promise<Ending> => of.refund!(refundRequest(subject), call);
  const documented = refund.done[0].answer;

  check("refund reads each documented answer as documented, from one request", () =>
    readsAnswers(subject, { name, run }, [...refund.done, ...refund.refused]),
  );
  namesPayment(subject, { name, run }, documented);
  check("refund tells its callback address to the gateway alone, in one field and in no return address", async () => {
    assertTellsOnlyTheGateway(subject, await sentBy(subject, run, documented));
  });
  const isNamed = fixtures.callbacks.recorded.some(({ gives }) => gives.kind === "refund" && gives.refund.reference);
  if (isNamed) {
    check("refund tells the gateway by what name its callbacks will call the refund", async () => {
      const sent = await sentBy(subject, run, documented);
      assert.ok(says(sent, refundRequest(subject).refundReference), "our reference of the refund is sent");
    });
  }
  namingRefunds(subject, refund);
  const operation = { name, run, documented, done: ["succeeded", "pending"], refused: refund.refused } as const;
  undocumentedRefusals(subject, operation);
  faults(subject, operation);
}

function canceling(subject: Subject): void {
  const { check, fixtures, provider } = subject;
  const { cancel } = fixtures;
  if (cancel === undefined || provider.cancel === undefined) return;
  const name = "cancel";
  const run: Operation["run"] = (of, call): Promise<Ending> => of.cancel!(paymentName(subject), call);
  const documented = cancel.done[0].answer;

  check("cancel reads each documented answer as documented, from one request", () =>
    readsAnswers(subject, { name, run }, [...cancel.done, ...cancel.refused]),
  );
  namesPayment(subject, { name, run }, documented);
  const operation = { name, run, documented, done: ["canceled"], refused: cancel.refused } as const;
  undocumentedRefusals(subject, operation);
  faults(subject, operation);
}

function namesPayment(subject: Subject, { name, run }: Question, answer: WireAnswer): void {
  subject.check(`${name} tells the gateway which payment is meant`, async () => {
    const { ref, reference } = paymentName(subject);
    const sent = await sentBy(subject, run, answer);
    assert.ok(says(sent, reference) || (ref !== undefined && says(sent, ref)), "its ref or our reference is sent");
  });
}

async function sentBy(subject: Subject, run: Question["run"], answer: WireAnswer): Promise<WireRequest> {
  return withAdapter(
    subject,
    ({ response }) => reply(response, answer),
    async (provider, { requests }) => {
      await inTime(run(provider, newCall()), "the request");
      assert.ok(requests[0], "something is sent");
      return requests[0];
    },
  );
}
