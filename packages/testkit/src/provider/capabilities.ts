import assert from "node:assert/strict";
import type { Call, PaymentName, PaymentProvider, StatusReport } from "@pay/core/adapter";
import { answerEach, type Ending, faults, type Operation, type Question, readsAnswers } from "./asking.ts";
import { finishing } from "./finishing.ts";
import type { WireAnswer, WireRequest } from "./fixtures.ts";
import { reply } from "./gateway.ts";
import { keepingRetrieved } from "./keeping.ts";
import { nameless } from "./nameless.ts";
import { assertSaysNoId, saysName } from "./naming.ts";
import { namingRefunds } from "./naming-refunds.ts";
import { inTime, newCall, paymentName, refundRequest, type Subject, withAdapter } from "./subject.ts";
import { assertAddressHidesSecrets, assertTellsOnlyTheGateway } from "./telling.ts";
import { undocumentedRefusals } from "./undocumented.ts";
import { UNFINISHED, variantsOf } from "./variants.ts";

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
    const known = retrieve.answers.flatMap((one) => one.gives.providerStatus ?? []);
    const near = known.flatMap(variantsOf).filter((word) => !known.includes(word));
    const words = ["constructor", "__proto__", "", " ", "UNKNOWN", "never_documented", "paid?", "0", ...near];
    await answerEach(subject, question, words.map(retrieve.withStatus), (seen, { body }) => {
      // A throw is sound as well: it is asked again.
      const { status } = (seen ?? { status: "unrecognized" }) as StatusReport;
      assert.equal(status, "unrecognized", `nobody documented ${body}`);
    });
    const unfinished = UNFINISHED.filter((word) => !known.includes(word));
    await answerEach(subject, question, unfinished.map(retrieve.withStatus), (seen, { body }) => {
      assert.notEqual((seen as StatusReport | undefined)?.status, "succeeded", `${body} is no success`);
    });
  });
  keepingRetrieved(
    subject,
    question,
    retrieve.answers.map((one) => one.answer),
  );
  namesPayment(subject, question, answer);
  nameless(subject, "retrieve", answer, (of, call, change) =>
    of.retrieve!({ ...paymentName(subject), ...change } as PaymentName, call),
  );
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
  nameless(subject, name, documented, (of, call, change) => of.refund!(refundRequest(subject, change as object), call));
  check("refund tells its callback address to the gateway alone, in one field and in no return address", async () => {
    assertTellsOnlyTheGateway(subject, await sentBy(subject, run, documented));
  });
  const isNamed = fixtures.callbacks.recorded.some(
    ({ gives }) => gives.kind === "refund" && gives.refund.merchantReference,
  );
  if (isNamed) {
    check("refund tells the gateway by what name its callbacks will call the refund", async () => {
      const sent = await sentBy(subject, run, documented);
      assert.ok(saysName(sent, refundRequest(subject).refundMerchantReference), "our reference of the refund is sent");
    });
  }
  namingRefunds(subject, refund);
  const operation = { name, run, documented, done: ["succeeded", "pending"], refused: refund.refused } as const;
  finishing(subject, operation, refund.done);
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
  nameless(subject, name, documented, (of, call, change) =>
    of.cancel!({ ...paymentName(subject), ...change } as PaymentName, call),
  );
  const operation = { name, run, documented, done: ["canceled"], refused: cancel.refused } as const;
  finishing(subject, operation, cancel.done);
  undocumentedRefusals(subject, operation);
  faults(subject, operation);
}

function namesPayment(subject: Subject, { name, run }: Question, answer: WireAnswer): void {
  subject.check(`${name} tells the gateway which payment is meant`, async () => {
    const { providerReference, merchantReference: reference } = paymentName(subject);
    const sent = await sentBy(subject, run, answer);
    assert.ok(saysName(sent, reference, providerReference), "its ref or our reference is sent");
  });
  subject.check(`${name} calls things by our references, and nowhere by ids that are Pay's alone`, async () => {
    assertSaysNoId(await sentBy(subject, run, answer));
  });
  subject.check(`${name} puts no key into the address of its request, where the document does not`, async () => {
    assertAddressHidesSecrets(subject, await sentBy(subject, run, answer));
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
